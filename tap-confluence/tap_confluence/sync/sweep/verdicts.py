"""Why what finished walks do not show is missing: asked for by id, which tells (CONTRACT 1.2, `tombstones`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from tap_confluence.api.base import BY_ID, Api, Query, Record
from tap_confluence.api.walk import Walk
from tap_confluence.settings import Settings
from tap_confluence.sync.parts import PART_OF
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.state.inventory import Key, key_of
from tap_confluence.sync.sweep.sweep import Gone
from tap_confluence.sync.timestamps import end_of_second

EVERY_STATUS = ("current", "archived", "trashed", "deleted")
SPACE_STATUSES = ("current", "archived")
MOST_ASKED = 20
"""Pages and blog posts that are asked for one by one, to tell hidden from deleted."""
NOBODYS = str(2**63 - 1)
"""An id that no content has."""
_LOST = "permission_lost"
TRASH_PAGES = 8
"""Pages of the site's trashed attachments that are read to tell trashed from deleted; newest first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a row is missing; ``record`` is what the server shows of it now, if anything.

    ``detected_at`` is the end of the second that the server told: whoever keeps the rows believes a tombstone only if
    it is later than the row, and a row may have been shown and removed within one second.
    """

    key: Key
    space_id: str
    reason: str | None
    detected_at: str
    record: Record | None = None

    def __post_init__(self) -> None:
        """Bring ``detected_at`` to the end of its second."""
        object.__setattr__(self, "detected_at", end_of_second(self.detected_at))


class Judge:
    """Asks for what is missing."""

    def __init__(self, api: Api, settings: Settings, scope: Scope) -> None:
        """Take whom to ask, and what is read at all."""
        self._api = api
        self._settings = settings
        self._scope = scope

    def on_rows(self, gone: Sequence[Gone]) -> list[Verdict]:
        """Tell why rows are missing that finished walks prove to be; without a proof nothing can be judged.

        Requests: 1 per 250 pages and blog posts, and up to ``TRASH_PAGES`` for attachments; then 1 for each page and
        blog post of which nothing is shown, at most ``MOST_ASKED``, and 2 more if any of them is hidden.

        Returns:
            A verdict for each row; ``reason`` None means that it is there after all, in ``record``. No verdict on rows
            of which the answer said too little.
        """
        wanted: defaultdict[str, dict[str, Key]] = defaultdict(dict)
        for each in gone:
            for key in each.keys:
                wanted[PART_OF[key.type]][key.id] = key
        shown: dict[Key, Record] = {}
        unsure: set[Key] = set()
        refused: set[Key] = set()
        asked_at: dict[Key, str] = {}
        for part, keys in wanted.items():
            if part in BY_ID:
                found, unclear, forbidden = self._ask(part, keys, asked_at)
                shown.update(found)
                unsure |= unclear
                refused |= forbidden
        lost = {key for each in gone for key in each.keys if PART_OF[key.type] in BY_ID} - shown.keys() - unsure
        hidden = self._hidden(lost | refused)
        unsure |= refused - hidden
        trashed = self._trashed({key for each in gone for key in each.keys if key.type == "attachment"})
        return [
            Verdict(
                key=key,
                space_id=each.space_id,
                reason=_LOST if key in hidden else "trashed" if key in trashed else self._reason(shown.get(key)),
                detected_at=max(each.proof.first_observed_at, asked_at.get(key, "")),
                record=shown.get(key),
            )
            for each in gone
            for key in sorted(each.keys - unsure)
        ]

    def on_spaces(self, space_ids: Sequence[str]) -> dict[str, tuple[str, Record | None]]:
        """Tell why spaces are not listed any more: by id, the reason and what the server shows; 1 request per 250.

        Those are left out that are listed after all, and those of which the answer said too little.
        """
        found: dict[str, tuple[str, Record | None]] = {}
        for start in range(0, len(space_ids), self._api.max_ids):
            chunk = tuple(space_ids[start : start + self._api.max_ids])
            pages = list(Walk(self._api, Query("spaces", space_ids=chunk, statuses=SPACE_STATUSES)))
            if any(page.failures for page in pages):
                continue
            shown = {record["id"]: record for page in pages for record in page.records}
            for space_id in chunk:
                record = shown.get(space_id)
                if record is None:
                    found[space_id] = ("space_removed", None)
                elif record["status"] not in (*self._settings.space_statuses, None):
                    found[space_id] = ("archived", record)
        return found

    def _ask(
        self, part: str, keys: dict[str, Key], asked_at: dict[Key, str]
    ) -> tuple[dict[Key, Record], set[Key], set[Key]]:
        """What the server shows of these rows, those of which it says too little to tell, and those that it refuses.

        Notes when it said so.
        """
        found: dict[Key, Record] = {}
        unsure: set[Key] = set()
        refused: set[Key] = set()
        content_ids = list(keys)
        for start in range(0, len(content_ids), self._api.max_ids):
            chunk = tuple(content_ids[start : start + self._api.max_ids])
            for page in Walk(self._api, Query(part, ids=chunk, statuses=EVERY_STATUS)):
                found.update({key_of(record): record for record in page.records})
                asked_at.update({keys[content_id]: page.observed_at for content_id in chunk})
                for failure in page.failures:
                    told = refused if failure.http_status == HTTPStatus.FORBIDDEN else unsure
                    told.update(keys[content_id] for content_id in chunk if failure.id in (None, content_id))
        return found, unsure - found.keys(), refused - found.keys()

    def _hidden(self, lost: set[Key]) -> set[Key]:
        """Of what is not shown, what the site proves to be there and kept from this account.

        It proves it by telling such a content from one that nobody has, to an account that is still let in (law 11):
        dead credentials, and a site that refuses everything, look like a site full of hidden pages (FACTS 4.6).

        Raises:
            ConfluenceAuthError: The account is not let in any more.
        """
        asked = sorted(lost)[:MOST_ASKED]
        hidden = {key for key in asked if self._api.hides(PART_OF[key.type], key.id)}
        if not hidden or self._api.hides(PART_OF[asked[0].type], NOBODYS):
            return set()
        self._api.identity()
        return hidden

    def _trashed(self, keys: set[Key]) -> set[Key]:
        """Attachments cannot be asked for by id; the newest of the trash tell trashed from deleted."""
        found: set[Key] = set()
        if not keys:
            return found
        query = Query("attachments", statuses=("trashed",), limit=self._settings.page_size)
        for read, page in enumerate(Walk(self._api, query), start=1):
            found |= keys & {key_of(record) for record in page.records}
            if found == keys or read == TRASH_PAGES:
                break
        return found

    def _reason(self, record: Record | None) -> str | None:
        if record is None:
            return "deleted"
        if record["status"] not in (*self._settings.content_statuses, None):
            if record["status"] == "current":
                return "out_of_scope"
            return record["status"] if record["status"] in ("trashed", "archived") else "deleted"
        return None if self._scope.key(record["space_id"]) is not None else "moved"
