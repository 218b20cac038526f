"""The second witness (law 18): what the server says of single contents, asked for by id, and of what they stand on.

A listing that does not show a row proves little: a search reads an index that may be behind or not whole (FACTS 2.10,
11.4), and a row may have moved to where the listing was before. The database, asked by id, tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from tap_confluence.api.base import Api
from tap_confluence.api.query import BY_ID, ItemFailure, Query, Record
from tap_confluence.api.walk import walk_ids_apart
from tap_confluence.client.errors import ConfluenceError, ends_everything

EVERY_STATUS = ("current", "archived", "trashed", "deleted")
SINGLY = 20
"""Ids that are asked for together, where each costs a request: an answer is heeded after that many."""
_PARTS = {"page": "pages", "blogpost": "blogposts", "attachment": "attachments"}
_MOST_ABOVE = 50
"""Answers to answers that are followed up to their thread; nobody has more."""


@dataclass(slots=True)
class LookupResult:
    """What was said of some contents.

    Attributes:
        shown: By id, what the server shows now.
        absent: Ids of which it shows nothing.
        refused: Ids that it keeps from this account, by a 403.
        asked_at: By id, when it said so.
    """

    shown: dict[str, Record] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    asked_at: dict[str, str] = field(default_factory=dict)


class Lookup:
    """Asks for contents by id: 1 request per 250 where they are listed by id, else 1 for each."""

    def __init__(self, api: Api, failures: Callable[[Iterable[ItemFailure], str], None]) -> None:
        """Take whom to ask, and who is told of what could not be read."""
        self._api = api
        self._failures = failures

    def ask(self, part: str, ids: Sequence[str], most: int | None = None) -> LookupResult:
        """What the server says of these; nothing is said of those that failed, and of those beyond ``most`` requests.

        Raises:
            ConfluenceAuthError: The credentials died.
        """
        found = LookupResult()
        before = self._api.totals.requests
        start = 0
        while start < len(ids):
            left = SINGLY if most is None else most - (self._api.totals.requests - before)
            if left <= 0:
                break
            size = self._api.max_ids if part in BY_ID else min(left, SINGLY)
            self._ask(part, ids[start : start + size], found)
            start += size
        return found

    def containers_of(self, records: Iterable[Record]) -> dict[str, Record | None]:
        """By id, what each of these stands on at last, or the first above it that is not current; None if it is gone.

        A content that stands on nothing is its own; left out are those of whose footing nothing was said.
        """
        above: dict[tuple[str, str], Record | None] = {}
        chains = {record["id"]: [record] for record in records}
        growing = [chain for chain in chains.values() if chain[0]["status"] in ("current", None)]
        for _ in range(_MOST_ABOVE):
            wanted = {_under(chain[-1]) for chain in growing} - above.keys()
            for part in sorted({each[0] for each in wanted if each}):
                said = self.ask(part, sorted(each[1] for each in wanted if each and each[0] == part))
                above.update({(part, each): said.shown.get(each) for each in said.shown.keys() | said.absent})
            growing = [chain for chain in growing if _grows(chain, above)]
            if not growing:
                break
        tops: dict[str, Record | None] = {}
        for content_id, chain in chains.items():
            under = _under(chain[-1])
            if under is None or chain[-1]["status"] not in ("current", None):
                tops[content_id] = chain[-1]
            elif under in above:
                tops[content_id] = None
        return tops

    def _ask(self, part: str, ids: Sequence[str], found: LookupResult) -> None:
        """Ask, and where that fails for halves of them, so that one sick content costs itself."""
        query = Query(part, statuses=EVERY_STATUS, singly=True)
        for asked, pages, error in walk_ids_apart(self._api, query, tuple(ids), _may_be_of_one):
            if error is not None:
                self._failures([ItemFailure.of(error, part, asked[0])], "")
                continue
            failed = {failure.id: failure for page in pages for failure in page.failures}
            refused = {each for each, failure in failed.items() if failure.http_status == HTTPStatus.FORBIDDEN and each}
            shown = {record["id"]: record for page in pages for record in page.records}
            found.shown.update(shown)
            found.refused |= refused
            if None not in failed:
                found.absent |= set(asked) - shown.keys() - failed.keys()
            found.asked_at.update(dict.fromkeys(asked, max(page.observed_at for page in pages)))


def _may_be_of_one(error: ConfluenceError) -> bool:
    return not ends_everything(error)


def _under(record: Record) -> tuple[str, str] | None:
    """The part and id of what a content stands on: answers on comments, comments and attachments on a container."""
    if record.get("parent_comment_id"):
        return f"{record['location']}_comments", record["parent_comment_id"]
    part = _PARTS.get(record.get("container_type") or "")
    return (part, record["container_id"]) if part and record.get("container_id") else None


def _grows(chain: list[Record], above: Mapping[tuple[str, str], Record | None]) -> bool:
    """Add to a content what it stands on; tells whether that is to be followed up, too."""
    under = _under(chain[-1])
    found = above.get(under) if under else None
    if found is not None:
        chain.append(found)
    return found is not None and found["status"] in ("current", None)
