"""The people that a run met: whoever stands in a row that was written (CONTRACT 1.2), and whom earlier runs told.

STATE holds them under ``bookmarks.users``: who is still to be told, the last ones as they are in ``met``, those before
in ``packed``, ``PACK`` at a time, so that STATE grows by 30 bytes an account and none is packed twice; and in the same
form, in ``told`` and ``known``, whose rows were written, so that names and addresses that change or are erased are read
again once in each ``reconciliation_interval_days``.

Spaces are written in every run; those who stand in them alone are asked for when they are others than in the run before
(a digest under ``bookmarks.users.spaces`` tells), so that an unchanged site costs no request for them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from hashlib import blake2s
from http import HTTPStatus
from operator import itemgetter
from typing import Any

from tap_confluence.api.base import Api
from tap_confluence.api.query import ItemFailure, Query, Record
from tap_confluence.api.walk import chunks, walk_ids_apart
from tap_confluence.client.errors import ConfluenceError, is_of_one
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.state.packing import pack, unpack
from tap_confluence.sync.timestamps import earlier

PACK = 250
"""Accounts that are packed together."""
FIELDS = (
    *("author_id", "owner_id", "version_author_id", "account_id"),
    *("created_by", "assigned_to", "completed_by"),
)
"""Where rows name accounts."""
MOST_ALONE = 10
"""Accounts of a run that may fail one by one; of more it is the site that fails."""
UNKNOWN = "unknown"
"""The status of an account that the site does not know any more (FACTS 9.8)."""
Failed = Callable[[Iterable[ItemFailure], str], None]
"""Is told of accounts that cannot be read, and when."""


class People:
    """Collects account ids while rows pass by."""

    def __init__(self, api: Api, state: dict[str, Any], *, failed: Failed, now: str, refresh_days: float) -> None:
        """Begin with whom a run met that ended too early.

        Args:
            api: Whom to ask.
            state: The stream's own dictionary in STATE.
            failed: Who is told of accounts that cannot be read.
            now: The server's clock.
            refresh_days: Accounts that were told are read again after so many days.
        """
        self._api = api
        self._state = state
        self._failed = failed
        self._now = now
        self._refresh_days = refresh_days
        self._met = dict.fromkeys(_remembered(state, "met", "packed"))
        self._in_spaces: dict[str, None] = {}
        self._alone = 0

    def meet(self, stream: str, rows: Sequence[Record]) -> None:
        """Note who stands in these rows, of one stream."""
        note = self._note_of_space if stream == "spaces" else self._note
        met: dict[Any, None] = {}
        for field in FIELDS:
            if field in rows[0]:
                met.update(dict.fromkeys(map(itemgetter(field), rows)))
        for account_id in filter(None, met):
            note(account_id)
        for row in rows if "principal_type" in rows[0] else ():
            if row["principal_type"] == "user" and row["principal_id"]:
                note(row["principal_id"])

    def _note_of_space(self, account_id: str) -> None:
        self._in_spaces[account_id] = None

    def _note(self, account_id: str) -> None:
        """Remember also in STATE: a row that is written there is not met again by the run after a crash."""
        if account_id not in self._met:
            self._met[account_id] = None
            _remember(self._state, "met", "packed", account_id)

    def rows(self) -> Generator[Rows, None, None]:
        """The users, as far as the site knows them: 1 request per 250; and again those whose time has come.

        Raises:
            ConfluenceError: The site is down, or nothing more can be asked.
        """
        digest = blake2s("\n".join(sorted(self._in_spaces)).encode(), digest_size=8).hexdigest()
        news = self._in_spaces if self._state.get("spaces") != digest else {}
        met = [account_id for account_id in self._met | news if account_id != "none"]
        try:
            yield from self._rows_of(met)
            if self._is_due:
                yield from self._told_again(frozenset(met))
        except ConfluenceError as error:
            if error.http_status != HTTPStatus.FORBIDDEN:
                raise
            self._failed([ItemFailure.of(error, "users", None)], self._now)
            return
        for name in ("met", "packed"):
            self._state.pop(name, None)
        self._met.clear()
        if self._in_spaces:
            self._state["spaces"] = digest

    def _rows_of(self, account_ids: Sequence[str]) -> Generator[Rows, None, None]:
        """The users of these accounts; from now on they are known."""
        known = dict.fromkeys(_remembered(self._state, "told", "known")) if account_ids else {}
        for _, rows in self._read(account_ids):
            yield rows
            for account_id in [row["account_id"] for row in rows if row["account_id"] not in known]:
                known[account_id] = None
                _remember(self._state, "told", "known", account_id)

    @property
    def _is_due(self) -> bool:
        """Whether those who are known are to be read again."""
        since: str = self._state.setdefault("refreshed_at", self._now)
        return since < self._now and since <= earlier(self._now, minutes=24 * 60 * self._refresh_days)

    def _told_again(self, leave_out: frozenset[str]) -> Generator[Rows, None, None]:
        """Who is known, as they are now; who is not known to the site any more loses name and address (FACTS 9.8)."""
        known = list(dict.fromkeys(_remembered(self._state, "told", "known")))
        gone: set[str] = set()
        for asked, rows in self._read([account_id for account_id in known if account_id not in leave_out]):
            missing = [account_id for account_id in asked if account_id not in {row["account_id"] for row in rows}]
            yield [*rows, *(self._erased(account_id) for account_id in missing)]
            gone.update(missing)
        for name in ("told", "known"):
            self._state.pop(name, None)
        for account_id in known:
            if account_id not in gone:
                _remember(self._state, "told", "known", account_id)
        self._state["refreshed_at"] = self._now

    def _read(self, account_ids: Sequence[str]) -> Generator[tuple[Sequence[str], Rows], None, None]:
        """Who was asked for, and the rows of those whom the site knows."""
        for chunk in chunks(account_ids, self._api.max_ids):
            yield from self._parts(chunk)

    def _parts(self, account_ids: Sequence[str]) -> Generator[tuple[Sequence[str], Rows], None, None]:
        """The same of one question."""
        query = Query("users")
        for asked, pages, error in walk_ids_apart(self._api, query, tuple(account_ids), _may_be_of_one):
            if error is None:
                yield asked, [row for page in pages for row in page.records if row["account_id"] is not None]
                continue
            self._alone += 1
            if self._alone > MOST_ALONE:
                raise error
            self._failed([ItemFailure.of(error, "users", asked[0])], self._now)

    def _erased(self, account_id: str) -> Record:
        nothing = dict.fromkeys(("display_name", "public_name", "email", "account_type", "time_zone", "raw"))
        return {"account_id": account_id, **nothing, "account_status": UNKNOWN, "observed_at": self._now}


def _may_be_of_one(error: ConfluenceError) -> bool:
    """Whether an account of many may be at fault; a 403 is about all of them."""
    return is_of_one(error) and error.http_status != HTTPStatus.FORBIDDEN


def _remembered(state: dict[str, Any], loose: str, packed: str) -> list[str]:
    """The accounts under two names of STATE."""
    return [*(account_id for each in state.get(packed, ()) for account_id in unpack(each)), *state.get(loose, ())]


def _remember(state: dict[str, Any], loose: str, packed: str, account_id: str) -> None:
    """Add an account; the loose ones are packed when they are many."""
    accounts = state.setdefault(loose, [])
    accounts.append(account_id)
    if len(accounts) >= PACK:
        state.setdefault(packed, []).append(pack(state.pop(loose)))
