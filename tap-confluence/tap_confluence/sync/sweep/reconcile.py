"""Deletion detection: when spaces are swept, and what becomes of what a sweep shows (laws 8 to 11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import replace
from functools import partial

from tap_confluence.api.base import BY_ID, Api, Query, Record
from tap_confluence.api.walk import Proof, Walk
from tap_confluence.settings import Settings
from tap_confluence.sync.parts import FULL_TABLE, PART_OF, TYPES
from tap_confluence.sync.plan import Group
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.state.bookmarks import Bookmarks
from tap_confluence.sync.state.dead_letters import DeadLetters
from tap_confluence.sync.state.inventory import Inventory, Key, key_of, row_of, type_of
from tap_confluence.sync.sweep.buffer import Shelf
from tap_confluence.sync.sweep.guard import Guard
from tap_confluence.sync.sweep.sweep import Comparison, Gone, Swept, read_all
from tap_confluence.sync.sweep.terms import SweepHooks, Terms
from tap_confluence.sync.sweep.verdicts import Judge, Verdict
from tap_confluence.sync.timestamps import EPOCH, days_between, earlier
from tap_confluence.sync.walks.content import Rows
from tap_confluence.sync.walks.prefetch import Prefetcher
from tap_confluence.sync.walks.reading import Finished

GONE = ("trashed", "deleted")
"""What a row is called that is missing whatever is asked for."""


class Reconciliation:
    """The sweeps of one run."""

    def __init__(
        self,
        api: Api,
        scope: Scope,
        settings: Settings,
        *,
        inventory: Inventory,
        letters: DeadLetters,
        terms: Terms,
        hooks: SweepHooks,
    ) -> None:
        """Ask nothing yet."""
        self.inventory = inventory
        self.terms = terms
        self._api = api
        self._scope = scope
        self._settings = settings
        self._guard = Guard(inventory, letters, scope, largest_share=settings.max_tombstone_share, now=terms.now)
        self._judge = Judge(api, settings, scope)
        self._hooks = hooks
        self._rows: defaultdict[str, Shelf] = defaultdict(Shelf)
        self._swept: defaultdict[str, set[str]] = defaultdict(set)
        self._verdicts: defaultdict[str, list[Verdict]] = defaultdict(list)
        self._marks: dict[tuple[str, str], str] = {}
        self._proofs: dict[tuple[str, str], Proof] = {}

    def wrote(self, group: Group, rows: Iterable[Record], unwanted: Iterable[Record]) -> None:
        """Rows were written, or passed over because they are older than ``start_date``."""
        if not self.terms.enabled:
            return
        first_walk = group.since is None
        for wanted, records in ((True, rows), (False, unwanted)):
            for record in records:
                self.inventory.note(record, wanted=wanted)
                if first_walk and group.resume is None:
                    self._rows[record["space_id"]].put(row_of(record))
        if first_walk:
            self.inventory.stash()

    def walked(self, group: Group, finished: Finished) -> None:
        """A walk is through: a whole first one is its spaces' first sweep."""
        if not self.terms.enabled:
            return
        if group.since is None and finished.proof.whole and finished.proof.to_the_end:
            for space_id in group.space_ids:
                self._swept[space_id].add(group.stream)
                self._proofs[space_id, group.stream] = finished.proof
                self.inventory.mark_swept(space_id, TYPES[group.stream], finished.proof.first_observed_at)
        self.inventory.flush()

    def due(self, stream: str, bookmarks: Bookmarks) -> list[str]:
        """The spaces to be swept for this stream now: those with a finished first walk whose last sweep is long ago."""
        if not self.terms.enabled:
            return []
        kind = TYPES[stream]
        ready = [
            space_id
            for space_id in self._scope.space_ids
            if bookmarks.value(space_id) and stream not in self._swept[space_id]
        ]
        return [space_id for space_id in ready if self._is_due(self.inventory.swept(space_id, kind))]

    def _is_due(self, swept_at: str | None) -> bool:
        if swept_at is None or self.terms.forced or self._settings.deletion_detection == "every_sync":
            return True
        return days_between(swept_at, self.terms.now) >= self._settings.reconciliation_interval_days

    def sweep(self, query: Query, bookmarks: Bookmarks) -> Generator[Rows, None, None]:
        """Sweep what is due for one stream, and yield the content that it brings to light.

        Raises:
            ConfluenceAuthError: The credentials died; other failures leave their spaces unswept.
        """
        stream = query.kind
        if stream in FULL_TABLE:
            self._miss(stream)
        due = self.due(stream, bookmarks)
        if not due:
            return
        if stream not in BY_ID:  # what moved elsewhere cannot be asked for by its id: it is looked for everywhere
            due = [space_id for space_id in self._scope.space_ids if bookmarks.value(space_id)]
        comparison = Comparison(
            self.inventory,
            self._settings.start_date,
            adopted=frozenset(self._unknown(stream, due)),
            doubtful=self.inventory.in_two_spaces(TYPES[stream]),
        )
        gone, swept = self._walked_through(query, due, comparison, bookmarks)
        verdicts = [
            replace(verdict, reason="out_of_scope") if verdict.key in comparison.left_out else verdict
            for verdict in self._judge.on_rows(gone)
        ]
        strays = [
            verdict.record
            for verdict in verdicts
            if verdict.reason is None and verdict.record and self._is_stray(verdict.record)
        ]
        yield from self._written(query, [*comparison.news, *strays], bookmarks)
        for record in comparison.known_only:
            self.inventory.note(record, wanted=self._is_wanted(record))
        for verdict in verdicts:
            if verdict.reason is not None:
                self._verdicts[verdict.space_id].append(verdict)
            elif verdict.record:
                comparison.seen[verdict.key] = verdict.record["space_id"]
        for space_id in due:
            self.inventory.drop(space_id, self._left(space_id, comparison))
        for space_id, began_at in swept.items():
            self._swept[space_id].add(stream)
            self._marks[space_id, TYPES[stream]] = began_at
        self.inventory.flush()

    def _miss(self, stream: str) -> None:
        """Tell what finished walks of a full table did not show: it moved to another space, or is gone."""
        kind = TYPES[stream]
        rows = (row for shelf in self._rows.values() for each in shelf.lists() for row in each)
        seen = {Key(row["type"], row["id"]): row["space_id"] for row in rows if row["type"] == kind}
        gone = []
        is_whole = all((space_id, stream) in self._proofs for space_id in self._scope.space_ids)
        for (space_id, walked), proof in self._proofs.items():
            known = {key for key in self.inventory.of(space_id) if walked == stream and key.type == kind}
            self.inventory.drop(space_id, [key for key in known if seen.get(key, space_id) != space_id])
            if is_whole and (missing := frozenset(known - seen.keys())):
                gone.append(Gone(proof, space_id, missing))
        for verdict in self._judge.on_rows(gone):
            self._verdicts[verdict.space_id].append(verdict)

    def _left(self, space_id: str, comparison: Comparison) -> list[Key]:
        """What was remembered here and is remembered elsewhere now.

        Not what was only seen elsewhere: it may be gone before it is read there, and somebody has to remember it then.
        """
        return [
            key
            for key in self.inventory.of(space_id)
            if (seen := comparison.seen.get(key, space_id)) != space_id and key in self.inventory.of(seen)
        ]

    def _unknown(self, stream: str, space_ids: list[str]) -> list[str]:
        """Spaces that were read before anything was remembered: their rows are known by their bookmark alone."""
        return [space_id for space_id in space_ids if not self.inventory.has(space_id, TYPES[stream])]

    def _is_stray(self, record: Record) -> bool:
        """Whether a row is in a space of this run without being known there."""
        return key_of(record) not in self.inventory.of(record["space_id"])

    def _is_wanted(self, record: Record) -> bool:
        start_date = self._settings.start_date
        return start_date is None or (record["updated_at"] or start_date) >= start_date

    def _walked_through(
        self, query: Query, space_ids: list[str], comparison: Comparison, bookmarks: Bookmarks
    ) -> tuple[list[Gone], dict[str, str]]:
        """Walk all spaces, side by side.

        Returns:
            What finished walks prove to be missing from all of them, and by swept space when its walk began.
        """
        most = self._api.max_spaces(query.kind)
        size = most or len(space_ids)
        queries = {
            tuple(chunk): replace(query, space_ids=tuple(chunk) if most else ())
            for chunk in (space_ids[start : start + size] for start in range(0, len(space_ids), size))
        }
        gone: list[Gone] = []
        swept: dict[str, str] = {}
        prefetcher = Prefetcher(self._settings.concurrency)
        try:
            feed = prefetcher.feed([(chunk, partial(read_all, self._api, each)) for chunk, each in queries.items()])
            for chunk, item in feed:
                if isinstance(item, Swept):
                    self._compare(comparison, item, frozenset(chunk), bookmarks)
                elif item.result is None:
                    self._hooks.failed(query.kind, chunk, item.error or AssertionError("neither proof nor error"))
                    for space_id in chunk:
                        self._rows.pop(space_id, None)
                elif item.result.whole:
                    gone += comparison.gone(item.result, TYPES[query.kind], chunk)
                    swept.update(dict.fromkeys(chunk, item.result.first_observed_at))
        finally:
            prefetcher.close()
        if query.kind not in BY_ID and len(swept) < len(self._scope.space_ids):
            return [], {}  # what is missing may be where no walk was finished, and cannot be asked for by its id
        lost = [self._buriable(each, comparison) for each in gone]
        return self._still_missing(queries.values(), lost), swept

    def _still_missing(self, queries: Collection[Query], gone: list[Gone]) -> list[Gone]:
        """Without what shows in a second look: a row may move into spaces that the first had behind it.

        Requests: those of the walks once more, where there are several of them, something is missing, and it cannot
        be asked for by its id.
        """
        several = len(queries) > 1  # one walk leaves no space behind it
        if not several or not any(each.keys for each in gone) or any(each.kind in BY_ID for each in queries):
            return gone
        shown: set[Key] = set()
        for query in queries:
            for page in Walk(self._api, query):
                shown |= {key_of(record) for record in page.records}
                shown |= {Key(TYPES[each.kind], each.id) for each in page.failures if each.id is not None}
        return [replace(each, keys=each.keys - shown) for each in gone]

    def _buriable(self, gone: Gone, comparison: Comparison) -> Gone:
        """Without what was seen in another space, and without what was never wanted: that is forgotten (law 13)."""
        known = self.inventory.of(gone.space_id)
        unwanted = {key for key in gone.keys if not known[key].digest}
        self.inventory.drop(gone.space_id, unwanted)
        return replace(gone, keys=gone.keys - unwanted - comparison.seen.keys())

    def _compare(self, comparison: Comparison, item: Swept, space_ids: frozenset[str], bookmarks: Bookmarks) -> None:
        self._hooks.failures(item.page.failures, item.page.observed_at)
        comparison.seen.update(
            {Key(TYPES[failure.kind], failure.id): "" for failure in item.page.failures if failure.id is not None}
        )
        records: Sequence[Record] = item.page.records
        if any(record["space_id"] is None for record in records):
            records = self._api.locate(records)
        for record in records:
            space_id = record["space_id"]
            if space_id in space_ids and not self.terms.allows(record):
                comparison.left_out.add(key_of(record))
            elif space_id in space_ids:
                record["space_key"] = self._scope.key(space_id)
                comparison.take(record, bookmarks.value(space_id) or EPOCH)
                self._rows[space_id].put(row_of(record))

    def _written(self, query: Query, news: list[Record], bookmarks: Bookmarks) -> Generator[Rows, None, None]:
        """Read what is news with its body, hand it over, and remember it."""
        if query.kind in BY_ID:
            ids = [record["id"] for record in news]
            batches: Iterable[Rows] = (
                self._read(each)
                for start in range(0, len(ids), self._api.max_ids)
                for each in (replace(query, space_ids=(), ids=tuple(ids[start : start + self._api.max_ids])),)
            )
        else:
            batches = [news] if news else []
        for batch in batches:
            rows = [record for record in batch if self._scope.key(record["space_id"]) is not None]
            for record in rows:
                record["space_key"] = self._scope.key(record["space_id"])
            if rows:
                yield rows
            young: defaultdict[str, dict[str, int | None]] = defaultdict(dict)
            lookback = max(self._settings.lookback_minutes, self._api.lag_minutes(query.kind))
            for record in rows:
                self.inventory.note(record)
                through = bookmarks.value(record["space_id"]) or EPOCH
                if (record["updated_at"] or "") >= earlier(through, minutes=lookback):
                    young[record["space_id"]][record["id"]] = record["version"]
            for space_id, versions in young.items():
                bookmarks.remember(space_id, versions)

    def _read(self, query: Query) -> Rows:
        rows: Rows = []
        for page in Walk(self._api, query):
            self._hooks.failures(page.failures, page.observed_at)
            rows += page.records
        return rows

    def inventory_rows(self) -> Generator[Rows, None, None]:
        """Rows of ``content_inventory``: every space whose sweep was completed in this run."""
        wanted = set(self.terms.streams)
        for space_id in self._scope.space_ids:
            if self._swept[space_id] and self._swept[space_id] >= wanted:
                rows = self._rows.pop(space_id, Shelf())
                yield from rows.lists()
                swept = dict.fromkeys(("status", "title", "parent_id", "position", "version"))
                seen_at = self.inventory.swept(space_id, TYPES[self.terms.streams[0]])
                last = {"type": "sweep", "id": space_id, "space_id": space_id, **swept, "seen_at": seen_at}
                yield [{**last, "count": len(rows)}]

    def tombstone_rows(self) -> Generator[Rows, None, None]:
        """Rows of ``tombstones``, once: what is gone from swept spaces, unless the guard holds it back (law 10)."""
        self._add_removed_spaces()
        allowed = {space_id: self._allowed(verdicts) for space_id, verdicts in self._verdicts.items()}
        self._guard.lift(space_id for space_id in self._swept if space_id not in allowed)
        for space_id, buried in (self._guard.passed(allowed) if self.terms.may_bury else {}).items():
            if buried:
                yield [
                    {
                        "type": type_of(verdict.key),
                        "id": verdict.key.id,
                        "space_id": space_id,
                        "reason": verdict.reason,
                        "detected_at": verdict.detected_at,
                    }
                    for verdict in buried
                ]
            self.inventory.drop(space_id, [verdict.key for verdict in buried])
            if any(verdict.key.type == "space" for verdict in buried):
                self._hooks.forget(space_id)
                self._marks = {mark: at for mark, at in self._marks.items() if mark[0] != space_id}
        self.settle()

    def settle(self) -> None:
        """What was swept in this run counts as swept from now on."""
        for (space_id, kind), at in self._marks.items():
            self.inventory.mark_swept(space_id, kind, at)
        self._marks.clear()
        self.inventory.flush()

    def _allowed(self, verdicts: list[Verdict]) -> list[Verdict]:
        """Without those that may have left by configuration: they are forgotten, never buried (law 9)."""
        if not self.terms.forced:
            return verdicts
        left = [verdict for verdict in verdicts if verdict.reason not in GONE or self._may_be_there(verdict)]
        for verdict in left:
            self.inventory.drop(verdict.space_id, [verdict.key])
        return [verdict for verdict in verdicts if verdict not in left]

    def _may_be_there(self, verdict: Verdict) -> bool:
        """Whether a row may be missing because its status is not asked for, and cannot be asked about by its id."""
        part = PART_OF.get(verdict.key.type)
        return part is not None and part not in BY_ID and "current" not in self._settings.content_statuses

    def _add_removed_spaces(self) -> None:
        """Spaces that were read and are not listed any more, although the filters are as they were.

        What moved before they went is elsewhere and not gone: it is looked for there first, by a sweep of all spaces.
        """
        proof = self._scope.proof
        if proof is None or not (proof.whole and proof.to_the_end) or self.terms.forced or not self.terms.may_bury:
            return
        self.inventory.found(self._scope.space_ids)
        at = proof.first_observed_at
        kinds = [TYPES[stream] for stream in self.terms.streams]
        missing = [
            space_id
            for space_id in self.inventory.space_ids
            if self._scope.key(space_id) is None
            and self._is_swept_since(self.inventory.missed(space_id, at), kinds)
            and any(self._is_due(self.inventory.swept(space_id, kind)) for kind in kinds)
        ]
        elsewhere = (
            {key for space_id in self._scope.space_ids for key in self.inventory.of(space_id)} if missing else {}
        )
        for space_id, (reason, record) in self._judge.on_spaces(missing).items():
            keys = [*(key for key in self.inventory.of(space_id) if key not in elsewhere), Key("space", space_id)]
            self._verdicts[space_id] += [Verdict(key, space_id, reason, at, record) for key in keys]
            self._marks.update({(space_id, kind): at for kind in kinds})

    def _is_swept_since(self, moment: str, kinds: Sequence[str]) -> bool:
        """Whether all spaces of this run were swept later, in this run or before."""
        swept = (
            self._marks.get((space_id, kind)) or self.inventory.swept(space_id, kind) or ""
            for space_id in self._scope.space_ids
            for kind in kinds
        )
        return all(at >= moment for at in swept)
