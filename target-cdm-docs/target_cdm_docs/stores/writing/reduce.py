"""A batch, reduced to the newest that it says about each thing, in values that a database can store. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cdm_docs.model import rows as model
from cdm_docs.model.rows import CdmDocItem, CdmRows, Clock, ItemPlace

from target_cdm_docs.stores.base import Batch, RawRecord
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.writing.news import Members, Name, News, Version, newer_set, rank_of
from target_cdm_docs.stores.writing.text import Cleaner, digest


class RowEncoder:
    """Rows of one table as tuples of storable values, in the order of the columns."""

    def __init__(self, row_type: type, cleaner: Cleaner, *, digest_without: Sequence[str] = ()) -> None:
        columns = tables.fields(row_type)
        self._get = tables.getter(row_type)
        self._texts = [i for i, column in enumerate(columns) if column.type == "text"]
        self._jsons = [i for i, column in enumerate(columns) if column.type == "json"]
        self._integers = [i for i, column in enumerate(columns) if column.type == "bigint"]
        self._digested = [i for i, column in enumerate(columns) if column.name not in digest_without]
        self._cleaner = cleaner

    def row(self, source: object) -> list[Any]:
        """A row's values."""
        clean = self._cleaner
        values = list(self._get(source))
        for i in self._texts:
            if values[i] is not None:
                values[i] = clean.text(values[i])
        for i in self._jsons:
            if values[i] is not None:
                values[i] = clean.json(values[i])
        for i in self._integers:
            if values[i] is not None:
                values[i] = clean.integer(values[i])
        return values

    def digest(self, values: Sequence[Any]) -> str:
        """Hash of what a row says."""
        return digest(*[values[i] for i in self._digested])


_BODY = tables.REVISION.names.index("body")
_BODY_HASH = tables.REVISION.names.index("content_sha256")


class Reducer:
    """Reduces batches; keeps nothing between them but the count of what had to be replaced."""

    def __init__(self) -> None:
        self.cleaner = Cleaner()
        self._encoders: dict[type, RowEncoder] = {
            row_type: RowEncoder(row_type, self.cleaner)
            for row_type in (
                model.CdmDocSpace,
                model.CdmDocItem,
                model.CdmDocRevision,
                model.CdmDocLink,
                model.CdmDocAccess,
                model.CdmWorkUser,
                model.CdmWorkGroup,
                model.CdmDocChunk,
                model.CdmDocTombstone,
                ItemPlace,
                RawRecord,
            )
        }

    def reduce(self, batch: Batch) -> News:
        """The newest that a batch says about each thing."""
        news = News()
        for rows in batch.rows:
            self._add(news, rows)
        for raw in batch.raw:
            self._add_raw(news, raw)
        return news

    def _add(self, news: News, rows: CdmRows) -> None:
        for clock, space in rows.spaces:
            self._register(news, tables.SPACE, clock, space)
        for clock, item in rows.items:
            self._add_item(news, clock, item)
        for clock, place in rows.places:
            self._add_place(news, clock, place)
        for clock, revision in rows.revisions:
            self._add_revision(news, clock, revision)
        for clock, user in rows.users:
            self._register(news, tables.USER, clock, user)
        for clock, group in rows.groups:
            self._register(news, tables.GROUP, clock, group)
        for clock, facet in rows.facets:
            self._add_facet(news, clock, facet)
        for tombstone in rows.tombstones:
            self._register(news, tables.TOMBSTONE, Clock(0, tombstone.detected_at, ""), tombstone)
        self._add_sets(news, rows)

    def _add_sets(self, news: News, rows: CdmRows) -> None:
        for clock, owner, links in rows.links:
            self._members(news, "link", owner, rank_of(*clock), links)
        for clock, owner, chunks in rows.chunks:
            self._members(news, "chunk", owner, rank_of(*clock), chunks)
        for clock, access in rows.access:
            member = () if access.member is None else (access.member,)
            self._members(news, "access", access.set_id, rank_of(0, clock.observed_at), member)

    def _register(self, news: News, table: Table, clock: Clock, source: object) -> None:
        encoder = self._encoders[type(source)]
        row = encoder.row(source)
        key = tuple(row[table.names.index(name)] for name in table.key)
        hashed = encoder.digest(row)
        _keep(news.registers.setdefault(table.name, {}), key, Version(rank_of(*clock, hashed), hashed, tuple(row)))

    def _add_revision(self, news: News, clock: Clock, revision: model.CdmDocRevision) -> None:
        encoder = self._encoders[model.CdmDocRevision]
        row = encoder.row(revision)
        # A body has its own hash: no need to hash megabytes again.
        hashed = encoder.digest(row if row[_BODY_HASH] is None else [*row[:_BODY], None, *row[_BODY + 1 :]])
        rank = f"{int(row[_BODY] is not None)}{rank_of(*clock, hashed)}"
        _keep(news.registers.setdefault(tables.REVISION.name, {}), (row[0],), Version(rank, hashed, tuple(row)))

    def _add_item(self, news: News, clock: Clock, item: CdmDocItem) -> None:
        encoder = self._encoders[CdmDocItem]
        row = encoder.row(item)
        hashed = encoder.digest(row)
        cdm_id = row[0]
        _keep(news.items, cdm_id, Version(rank_of(*clock, hashed), hashed, tuple(row)))
        _later(news.seen_at, cdm_id, clock.observed_at)
        self._add_names(news, clock.observed_at, cdm_id, item)
        if isinstance(item.properties, dict) and isinstance(item.properties.get("file_id"), str):
            name = Name("media", item.source_system, self.cleaner.text(item.properties["file_id"]))
            _later(news.names, (cdm_id, name), clock.observed_at)
        if item.tags is not None:
            self._facet_set(news, cdm_id, "label", clock.observed_at, [(str(tag), tag) for tag in item.tags])

    def _add_place(self, news: News, clock: Clock, place: ItemPlace) -> None:
        self._register(news, tables.PLACE, clock, place)
        cdm_id = self.cleaner.text(place.cdm_id)
        _later(news.placed_at, cdm_id, clock.observed_at)
        self._add_names(news, clock.observed_at, cdm_id, place)

    def _add_names(self, news: News, observed_at: str, cdm_id: str, item: CdmDocItem | ItemPlace) -> None:
        clean = self.cleaner.text
        news.systems[cdm_id] = clean(item.source_system)
        if item.title is None:
            return
        if item.doc_type in {"page", "blogpost"} and item.space_cdm_id is not None:
            name = Name(item.doc_type, clean(item.space_cdm_id), clean(item.title))
        elif item.doc_type == "attachment" and item.parent_item_cdm_id is not None:
            name = Name("file", clean(item.parent_item_cdm_id), clean(item.title))
        else:
            return
        _later(news.names, (cdm_id, name), observed_at)

    def _members(
        self,
        news: News,
        kind: str,
        owner: str,
        rank: str,
        rows: Iterable[model.CdmDocLink | model.CdmDocAccess | model.CdmDocChunk],
    ) -> None:
        owner = self.cleaner.text(owner)
        members = news.sets[kind].setdefault(owner, Members(rank))
        members.rank = max(members.rank, rank)
        for source in rows:
            encoder = self._encoders[type(source)]
            row = encoder.row(source)
            _keep(members.rows, row[0], Version(rank, encoder.digest(row), tuple(row)))

    def _add_facet(self, news: News, clock: Clock, facet: model.Facet) -> None:
        clean = self.cleaner
        item, kind, key = clean.text(facet.item_cdm_id), clean.text(facet.kind), clean.text(facet.key)
        if facet.whole_set:
            members = [] if facet.value is None else [(key, facet.value)]
            self._facet_set(news, item, kind, clock.observed_at, members)
            return
        value = None if facet.value is None else clean.json(facet.value)
        ranked = (rank_of(*clock, digest(value)), value)
        news.facets[item, kind, key] = max(news.facets.get((item, kind, key), ranked), ranked, key=lambda one: one[0])

    def _facet_set(self, news: News, item: str, kind: str, told_at: str, members: list[tuple[str, Any]]) -> None:
        encoded = {self.cleaner.text(key): self.cleaner.json(value) for key, value in members}
        news.facet_sets[item, kind] = newer_set(news.facet_sets.get((item, kind)), (told_at, encoded))

    def _add_raw(self, news: News, raw: RawRecord) -> None:
        self._register(news, tables.RAW, Clock(raw.version, raw.observed_at, ""), raw)


def _keep(into: dict[Any, Version], key: object, version: Version) -> None:
    """Keep the greater version; of two in one set (same rank), the one with the greater digest."""
    held = into.get(key)
    if held is None or version[:2] > held[:2]:
        into[key] = version


def _later(into: dict[Any, str], key: object, moment: str) -> None:
    if moment >= into.get(key, ""):
        into[key] = moment
