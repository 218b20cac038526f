"""Every setting of CONTRACT 1.1 is declared once, reads from a file and from the environment, and knows its default."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any

import pytest
from singer_sdk.exceptions import ConfigValidationError
from tap_confluence.environment import config_from
from tap_confluence.settings import Settings
from tap_confluence.tap import TapConfluence, read_settings

PROPERTIES = TapConfluence.config_jsonschema["properties"]
NAMES = [item.name for item in fields(Settings) if item.init]
SECRETS = {"api_token", "headers", "oauth_client_secret", "oauth_refresh_token", "password", "personal_access_token"}
BASE = {"base_url": "https://acme.atlassian.net", "email": "ada@example.com", "api_token": "t"}

EXAMPLES: dict[str, tuple[Any, str]] = {
    "deployment": ("cloud", "cloud"),
    "concurrency": (3, "3"),
    "headers": ({"X-Token": "t"}, '{"X-Token": "t"}'),
    "requests_per_second": (2.5, "2.5"),
    "verify_ssl": (False, "false"),
    "allow_insecure_http": (True, "1"),
    "attachments_download": (False, "off"),
    "spaces": (["ENG", "TEAM-*"], '["ENG", "TEAM-*"]'),
    "exclude_spaces": (["~*", "X"], "~*,X"),
    "space_ids": (["98310"], '["98310"]'),
    "space_statuses": (["current", "archived"], "current,archived"),
    "max_pages": (10, "10"),
    "lookback_minutes": (0.5, "0.5"),
    "start_date": ("2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"),
    "max_tombstone_share": (1.0, "1"),
}


def test_every_setting_is_declared_with_title_description_and_default() -> None:
    own = {name for name in PROPERTIES if name in NAMES}
    assert own == set(NAMES)
    for item in fields(Settings):
        if item.init:
            declared = PROPERTIES[item.name]
            assert declared["title"]
            assert declared["description"].endswith(".")
            default = Settings.__dataclass_fields__[item.name].default
            if item.name != "base_url" and default not in (None, (), MISSING):
                assert declared["default"] == (list(default) if isinstance(default, tuple) else default)


def test_the_secrets_are_marked() -> None:
    assert {name for name, schema in PROPERTIES.items() if schema.get("secret")} == SECRETS


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_setting_reads_the_same_from_file_and_environment(name: str) -> None:
    value, text = EXAMPLES[name]
    environment = {"TAP_CONFLUENCE_" + name.upper(): text}
    from_environment = config_from(environment, PROPERTIES, "TAP_CONFLUENCE_")
    assert from_environment == {name: value}
    by_file = read_settings({**BASE, **json.loads(json.dumps({name: value}))})
    by_environment = read_settings({**BASE, **from_environment})
    assert by_file == by_environment


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("page_size", "many", "expected a whole number, not 'many'"),
        ("requests_per_second", "fast", "expected a number, not 'fast'"),
        ("verify_ssl", "perhaps", "expected true or false, not 'perhaps'"),
        ("spaces", "[oops", "expected a JSON array"),
    ],
)
def test_a_variable_of_the_wrong_type_is_an_error_that_names_it(name: str, text: str, words: str) -> None:
    variable = "TAP_CONFLUENCE_" + name.upper()
    with pytest.raises(ConfigValidationError, match=words) as caught:
        config_from({variable: text}, PROPERTIES, "TAP_CONFLUENCE_")
    assert variable in str(caught.value)


def test_an_unknown_setting_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(ConfigValidationError, match="unknown setting 'exclude_space'; did you mean 'exclude_spaces'"):
        TapConfluence(config={**BASE, "exclude_space": ["X"]})


def test_the_capabilities_are_those_that_are_tested() -> None:
    names = {capability.value for capability in TapConfluence.capabilities}
    assert names == {
        "about",
        "catalog",
        "discover",
        "schema-flattening",
        "state",
        "stream-maps",
        "structured-logging",
    }
