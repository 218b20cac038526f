"""Why a row that a finished listing did not show is missing, by the word of the second witness (law 18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tap_confluence.api.query import BY_ID, Query, Record
from tap_confluence.api.walk import Walk, chunks
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.identify import confirm
from tap_confluence.sync.parts import PART_OF
from tap_confluence.sync.state.keys import Key
from tap_confluence.sync.sweep.lookup import Lookup, LookupResult
from tap_confluence.sync.timestamps import end_of_second

SPACE_STATUSES = ("current", "archived")
MOST_ASKED = 20
"""Pages and blog posts that are asked for one by one, to tell hidden from deleted."""
NOBODYS = str(2**63 - 1)
"""An id that no content has."""
MOVED = "moved"
GONE = ("trashed", "deleted")
"""What a row is called that is missing whatever is asked for."""
WITH_STATUS = ("page", "blogpost", "attachment")
"""Types that are listed in the statuses that the settings want; others are listed as they are."""
WITH_LABELS = ("page", "blogpost", "attachment")
_LOST = "permission_lost"


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """What became of a row.

    Attributes:
        key: Which row.
        space_id: Where it was known.
        reason: Why it is gone, as ``tombstones`` say; None where it is there.
        detected_at: When the server said so, at the end of that second: whoever keeps the rows believes a tombstone
            only if it is later than the row, and a row may have been shown and removed within one second.
        record: What the server shows of it now, with the space in which it is.
    """

    key: Key
    space_id: str
    reason: str | None
    detected_at: str
    record: Record | None = None

    def __post_init__(self) -> None:
        """Bring ``detected_at`` to the end of its second."""
        object.__setattr__(self, "detected_at", end_of_second(self.detected_at))

    @property
    def moved_to(self) -> str | None:
        """The space in which a row is that left the spaces of this run."""
        return self.record["space_id"] if self.reason == MOVED and self.record else None


class DeletionVerifier:
    """Tells what became of rows."""

    def __init__(self, context: RunContext) -> None:
        """Take what the run shares."""
        self._api = context.api
        self._identity = context.identity
        self._settings = context.settings
        self._scope = context.scope
        self._labels = context.labels
        self._lookup = Lookup(context.api, context.failures.of_items)

    def check_rows(self, kind: str, missing: Sequence[tuple[str, Key]], most: int) -> list[CheckedRow]:
        """Tell what became of rows of one type, by space; none on those of which nothing was said.

        Requests: as ``Lookup.ask``; what they stand on / 250; 1 for each page and blog post that is not shown, at most
        ``MOST_ASKED``, and 2 more if any of them is hidden; 1 that proves the credentials if any is not shown.
        Rows are asked for until ``most`` requests were made.

        Raises:
            ConfluenceAuthError: The account is not let in any more.
        """
        part = PART_OF[kind]
        said = self._lookup.ask(part, list(dict.fromkeys(key.id for _, key in missing)), most)
        hidden, absent = self._hidden(part, said)
        tops = self._lookup.containers_of(said.shown.values())
        if hidden or absent or None in tops.values():
            confirm(self._api, self._identity)  # dead credentials look like a site that holds nothing (FACTS 4.6, 4.7)
        checked_rows = []
        for space_id, key in missing:
            record = said.shown.get(key.id)
            if record is not None and key.id in tops:
                top = tops[key.id]
                reason = self._reason(record, top)
                record["space_id"] = top["space_id"] if top else record["space_id"]
            elif key.id in hidden or key.id in absent:
                reason = _LOST if key.id in hidden else "deleted"
            else:
                continue
            checked_rows.append(CheckedRow(key, space_id, reason, said.asked_at[key.id], record))
        return checked_rows

    def check_spaces(self, space_ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Tell why spaces are not listed any more: by id, the reason and when it was told; 1 request per 250.

        Those are left out that are listed after all, and those of which the answer said too little.
        """
        found: dict[str, tuple[str, str]] = {}
        for chunk in chunks(space_ids, self._api.max_ids):
            pages = list(Walk(self._api, Query("spaces", space_ids=chunk, statuses=SPACE_STATUSES)))
            if any(page.failures for page in pages):
                continue
            shown = {record["id"]: record for page in pages for record in page.records}
            asked_at = max(page.observed_at for page in pages)
            for space_id in chunk:
                record = shown.get(space_id)
                if record is None:
                    found[space_id] = ("space_removed", asked_at)
                elif record["status"] not in (*self._settings.space_statuses, None):
                    found[space_id] = ("archived", asked_at)
        if found:
            confirm(self._api, self._identity)
        return found

    def _hidden(self, part: str, said: LookupResult) -> tuple[set[str], set[str]]:
        """Of what is not shown, what the site proves to be there and kept from this account, and what is not there.

        It proves it by telling such a content from one that nobody has: a site that refuses everything proves nothing.
        """
        if part not in BY_ID and not said.refused:
            return set(), said.absent
        asked = sorted(said.absent)[:MOST_ASKED] if part in BY_ID else []
        hidden = {content_id for content_id in asked if self._api.hides(part, content_id)}
        if (hidden or said.refused) and self._api.hides(part, NOBODYS):
            return set(), said.absent
        return hidden | said.refused, said.absent - hidden

    def _reason(self, record: Record, top: Record | None) -> str | None:
        """Why a row is gone that is shown, standing on ``top``; None if it is there."""
        statuses = self._settings.content_statuses
        listed = (*statuses, None) if record["type"] in WITH_STATUS else (*statuses, "current", None)
        if record["status"] not in listed:
            return _status(record["status"])
        if top is None:
            return "deleted"
        if top is not record and top["status"] not in ("current", "archived", None):
            return _status(top["status"])
        if self._scope.key(top["space_id"]) is None:
            return MOVED
        return None if self._passes(record, top) else "out_of_scope"

    def _passes(self, record: Record, top: Record) -> bool:
        """Whether a row passes the filters by label: an index may not know of a label yet, the content does."""
        if self._labels.allows(record):
            return True
        names: set[str] = set()
        for each in [record] if top is record else [record, top]:
            if each["type"] not in WITH_LABELS:
                continue
            for page in Walk(self._api, Query("content_labels", container=(each["type"], each["id"]))):
                names |= {row["name"] for row in page.records if row["prefix"] != "my"}
                names |= {f"{row['prefix']}:{row['name']}" for row in page.records}
        return self._labels.passes(names)


def _status(status: str | None) -> str:
    """A status as a reason."""
    if status == "current":
        return "out_of_scope"
    return status if status in ("trashed", "archived") else "deleted"
