"""What this run wants, compared with what the run that left the STATE wanted (law 9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tap_confluence.api.base import Identity
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.settings import Settings

FILTERS = (
    "spaces",
    "exclude_spaces",
    "space_ids",
    "space_types",
    "space_statuses",
    "labels",
    "exclude_labels",
    "content_statuses",
    "start_date",
    "body_format",
)
"""The settings that decide which rows there are, and what is in them."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is not as it was.

    Attributes:
        account: Another account reads: it may see less without anything being gone.
        filters: Rows may be missing because they are not asked for any more.
    """

    account: bool = False
    filters: bool = False


def remembered(identity: Identity, settings: Settings) -> dict[str, str]:
    """What STATE keeps of a run: site, account, and a fingerprint of the filters."""
    wanted = {name: getattr(settings, name) for name in FILTERS}
    text = json.dumps(wanted, sort_keys=True)
    return {"site": identity.site, "account_id": identity.account_id, "filters": sha256(text.encode()).hexdigest()[:16]}


def compare(before: Mapping[str, Any] | None, now: Mapping[str, str]) -> Changes:
    """What changed since the STATE was written.

    Raises:
        ConfluenceConfigError: The STATE is of another site.
    """
    if not before:
        return Changes()
    if before.get("site") != now["site"]:
        raise ConfluenceConfigError(
            f"base_url: this STATE belongs to {before.get('site')}, not to {now['site']}; use a STATE of its own"
        )
    return Changes(
        account=before.get("account_id") != now["account_id"], filters=before.get("filters") != now["filters"]
    )
