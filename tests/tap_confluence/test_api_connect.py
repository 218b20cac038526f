"""Which Confluence a configuration leads to."""

from __future__ import annotations

import pytest
from tap_confluence.api.cloud.client import CloudV2
from tap_confluence.api.connect import connect
from tap_confluence.settings import Settings

SITE = {"base_url": "https://acme.atlassian.net"}
BASIC = {"email": "ada@example.com", "api_token": "secret"}


def test_email_and_token_lead_to_cloud() -> None:
    api = connect(Settings.from_config({**SITE, **BASIC}))
    assert api.max_spaces("pages") == 100
    api.close()


@pytest.mark.parametrize(
    "config", [BASIC, {"oauth_client_id": "a", "oauth_client_secret": "b", "oauth_refresh_token": "c"}]
)
def test_a_cloud_id_that_is_set_is_not_looked_up(config: dict[str, str]) -> None:
    api = connect(Settings.from_config({**SITE, **config, "cloud_id": "1-2-3", "gateway_url": "https://gate.example/"}))
    assert isinstance(api, CloudV2)
    assert api.transport.base_url == "https://gate.example/ex/confluence/1-2-3/wiki"
    assert api.site.url == "https://acme.atlassian.net/wiki"
    api.close()
