"""Which Confluence a configuration leads to."""

from __future__ import annotations

import pytest
from tap_confluence.api.connect import connect
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.settings import Settings

SITE = {"base_url": "https://acme.atlassian.net"}
BASIC = {"email": "ada@example.com", "api_token": "secret"}


def test_email_and_token_lead_to_cloud() -> None:
    api = connect(Settings.from_config({**SITE, **BASIC}))
    assert api.max_spaces("pages") == 100
    api.close()


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({**BASIC, "cloud_id": "auto"}, "cloud_id"),
        ({"oauth_client_id": "a", "oauth_client_secret": "b", "oauth_refresh_token": "c"}, "oauth_client_id"),
    ],
)
def test_a_way_that_cannot_be_gone_is_refused_by_the_name_of_its_setting(config: dict[str, str], named: str) -> None:
    with pytest.raises(ConfluenceConfigError, match=named):
        connect(Settings.from_config({**SITE, **config}))
