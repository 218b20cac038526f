"""What follows from the plugins' own ``--about`` is what is committed."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import generate
import plugin_files
import pytest
import yaml
from jsonschema.validators import validator_for


@pytest.mark.parametrize("path", sorted(generate.generated()), ids=lambda path: str(path.relative_to(generate.ROOT)))
def test_a_generated_file_says_what_the_plugin_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.generated()[path], "run `make generate`"


HUB = {
    "quality": {"gold", "silver", "bronze", "unknown"},
    "maintenance_status": {"active", "beta", "development", "inactive", "unknown"},
    "domain_url": None,
    "keywords": None,
}
"""What MeltanoHub knows beyond Meltano, by its schema of definitions: the values that are allowed, if not all."""


@pytest.mark.parametrize("plugin", plugin_files.plugins(), ids=lambda plugin: plugin.kind)
def test_a_definition_is_what_meltano_and_its_hub_take(plugin: plugin_files.Plugin) -> None:
    schema = json.loads(files("meltano.schemas").joinpath("meltano.schema.json").read_text())
    told: dict[str, Any] = yaml.safe_load(plugin_files.definition(plugin))
    for name, allowed in HUB.items():
        value = told.pop(name)
        assert allowed is None or value in allowed
    assert told["variant"] == plugin_files.VARIANT
    assert not list(validator_for(schema)(schema).iter_errors({"plugins": {plugin.kind: [told]}}))
    included = yaml.safe_load(plugin_files.included(plugin))
    assert not list(validator_for(schema)(schema).iter_errors(included))
