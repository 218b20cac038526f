"""The people that a run met: whoever stands in a row that was written (CONTRACT 1.2).

Until they are told, STATE holds them under ``bookmarks.users``: the last ones as they are in ``met``, those before in
``packed``, ``PACK`` at a time, so that STATE grows by 30 bytes an account and none is packed twice.

Spaces are written in every run; those who stand in them alone are asked for when they are others than in the run before
(a digest under ``bookmarks.users.spaces`` tells), so that an unchanged site costs no request for them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from hashlib import blake2s
from typing import Any

from tap_confluence.api.base import Api, Query, Record
from tap_confluence.api.walk import Walk
from tap_confluence.sync.state.packing import pack, unpack
from tap_confluence.sync.walks.content import Rows

PACK = 250
"""Accounts that are packed together."""
FIELDS = (
    *("author_id", "owner_id", "version_author_id", "account_id"),
    *("created_by", "assigned_to", "completed_by"),
)
"""Where rows name accounts."""


class People:
    """Collects account ids while rows pass by."""

    def __init__(self, api: Api, state: dict[str, Any]) -> None:
        """Begin with whom a run met that ended too early; takes the stream's own dictionary in STATE."""
        self._api = api
        self._state = state
        packed = [account_id for each in state.get("packed", ()) for account_id in unpack(each)]
        self._met: dict[str, None] = dict.fromkeys([*packed, *state.get("met", ())])
        self._in_spaces: dict[str, None] = {}

    def meet(self, stream: str, rows: Iterable[Record]) -> None:
        """Note who stands in these rows."""
        note = self._note_of_space if stream == "spaces" else self._note
        for row in rows:
            for field in FIELDS:
                if account_id := row.get(field):
                    note(account_id)
            if row.get("principal_type") == "user" and row["principal_id"]:
                note(row["principal_id"])

    def _note_of_space(self, account_id: str) -> None:
        self._in_spaces[account_id] = None

    def _note(self, account_id: str) -> None:
        """Remember also in STATE: a row that is written there is not met again by the run after a crash."""
        if account_id not in self._met:
            self._met[account_id] = None
            met = self._state.setdefault("met", [])
            met.append(account_id)
            if len(met) >= PACK:
                self._state.setdefault("packed", []).append(pack(self._state.pop("met")))

    def rows(self) -> Generator[Rows, None, None]:
        """The users, as far as the site knows them: 1 request per 250."""
        digest = blake2s("\n".join(sorted(self._in_spaces)).encode(), digest_size=8).hexdigest()
        news = self._in_spaces if self._state.get("spaces") != digest else {}
        met = [account_id for account_id in self._met | news if account_id != "none"]
        for start in range(0, len(met), self._api.max_ids):
            for page in Walk(self._api, Query("users", ids=tuple(met[start : start + self._api.max_ids]))):
                yield [record for record in page.records if record["account_id"] is not None]
        for name in ("met", "packed"):
            self._state.pop(name, None)
        self._met.clear()
        if self._in_spaces:
            self._state["spaces"] = digest
