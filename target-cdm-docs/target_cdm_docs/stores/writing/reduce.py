"""A batch, reduced to the newest that it says about each thing, in values that a database can store. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cdm_docs.model import rows as model
from cdm_docs.model.rows import CdmDocItem, CdmRows, Clock, Facet, ItemPlace, SetPart, whole_set

from target_cdm_docs.stores.base import Batch, RawRecord
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.values import Cleaner, digest
from target_cdm_docs.stores.writing.newest import Name, Newest, ToldSet, Version, set_clock

_LONGEST_KEY = 255
"""Characters of a facet's key, so that indexes hold it."""


class RowEncoder:
    """Rows of one table as tuples of storable values, in the order of the columns."""

    def __init__(self, row_type: type, cleaner: Cleaner) -> None:
        columns = tables.fields(row_type)
        self._get = tables.getter(row_type)
        self._texts = [i for i, column in enumerate(columns) if column.type == "text"]
        self._jsons = [i for i, column in enumerate(columns) if column.type == "json"]
        self._integers = [i for i, column in enumerate(columns) if column.type == "bigint"]
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
        return digest(*values)


class RevisionEncoder(RowEncoder):
    """Revisions: a body has its own hash, no need to hash megabytes again."""

    def digest(self, values: Sequence[Any]) -> str:
        """Hash of what a revision says."""
        return digest(*values) if values[_BODY_HASH] is None else digest(*values[:_BODY], None, *values[_BODY + 1 :])


_KEYS = {table.name: [table.names.index(name) for name in table.key] for table in tables.TABLES}
"""By table: where its key stands in its rows."""
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
        self._encoders[model.CdmDocRevision] = RevisionEncoder(model.CdmDocRevision, self.cleaner)

    def reduce(self, batch: Batch) -> Newest:
        """The newest that a batch says about each thing."""
        newest = Newest()
        for rows in batch.rows:
            self._add(newest, rows)
        for raw in batch.raw:
            self._add_raw(newest, raw)
        return newest

    def _add(self, newest: Newest, rows: CdmRows) -> None:
        for clock, space in rows.spaces:
            self._register(newest, tables.SPACE, clock, space)
        for clock, item in rows.items:
            self._add_item(newest, clock, item)
        for clock, place in rows.places:
            self._add_place(newest, clock, place)
        for clock, revision in rows.revisions:
            self._register(newest, tables.REVISION, clock, revision)
        for clock, user in rows.users:
            self._register(newest, tables.USER, clock, user)
        for clock, group in rows.groups:
            self._register(newest, tables.GROUP, clock, group)
        for clock, facet in rows.facets:
            row = self._facet(facet)
            newest.keep(tables.FACET, row[:3], Version(self._clock(clock, digest(row[3])), row))
        for tombstone in rows.tombstones:
            self._register(newest, tables.TOMBSTONE, Clock(0, tombstone.detected_at, ""), tombstone)
        for part in rows.sets:
            self._add_set(newest, part)

    def _clock(self, clock: Clock, hashed: str) -> Clock:
        """A row's clock in values that a database can store; of equal ones the row's own hash decides."""
        return Clock(self.cleaner.integer(clock.version) or 0, self.cleaner.text(clock.observed_at), hashed)

    def _register(self, newest: Newest, table: Table, clock: Clock, source: object) -> None:
        encoder = self._encoders[type(source)]
        row = encoder.row(source)
        key = tuple([row[place] for place in _KEYS[table.name]])
        newest.keep(table, key, Version(self._clock(clock, encoder.digest(row)), tuple(row)))

    def _add_item(self, newest: Newest, clock: Clock, item: CdmDocItem) -> None:
        self._register(newest, tables.ITEM, clock, item)
        cdm_id, observed_at = self.cleaner.text(item.cdm_id), self.cleaner.text(clock.observed_at)
        _later(newest.seen_at, cdm_id, observed_at)
        self._add_names(newest, observed_at, cdm_id, item)
        if isinstance(item.properties, dict) and isinstance(item.properties.get("file_id"), str):
            name = Name("media", item.source_system, self.cleaner.text(item.properties["file_id"]))
            _later(newest.names, (cdm_id, name), observed_at)
        if item.tags is not None:
            labels = tuple(Facet(item.cdm_id, "label", str(tag), tag, whole_set=True) for tag in item.tags)
            self._add_set(newest, whole_set("label", item.cdm_id, Clock(0, clock.observed_at, ""), labels))

    def _add_place(self, newest: Newest, clock: Clock, place: ItemPlace) -> None:
        self._register(newest, tables.PLACE, clock, place)
        cdm_id, observed_at = self.cleaner.text(place.cdm_id), self.cleaner.text(clock.observed_at)
        _later(newest.placed_at, cdm_id, observed_at)
        self._add_names(newest, observed_at, cdm_id, place)

    def _add_names(self, newest: Newest, observed_at: str, cdm_id: str, item: CdmDocItem | ItemPlace) -> None:
        clean = self.cleaner.text
        newest.systems[cdm_id] = clean(item.source_system)
        if item.title is None:
            return
        if item.doc_type in {"page", "blogpost"} and item.space_cdm_id is not None:
            name = Name(item.doc_type, clean(item.space_cdm_id), clean(item.title))
        elif item.doc_type == "attachment" and item.parent_item_cdm_id is not None:
            name = Name("file", clean(item.parent_item_cdm_id), clean(item.title))
        else:
            return
        _later(newest.names, (cdm_id, name), observed_at)

    def _add_set(self, newest: Newest, part: SetPart) -> None:
        clean = self.cleaner
        told = newest.sets[part.kind].setdefault(clean.text(part.owner), {})
        clock = self._clock(part.clock, clean.text(part.clock.digest))
        one = told.setdefault(set_clock(clock, part.size), ToldSet(part.size or 0))
        for member in part.members:
            if isinstance(member, Facet):
                row = self._facet(member)
                one.members[row[2], digest(row[3])] = row
            else:
                encoder = self._encoders[type(member)]
                values = encoder.row(member)
                one.members[values[0], encoder.digest(values)] = tuple(values)

    def _facet(self, facet: Facet) -> tuple[str, str, str, str | None]:
        clean = self.cleaner
        value = None if facet.value is None else clean.json(facet.value)
        key = clean.text(facet.key)
        if len(key) > _LONGEST_KEY:  # of a label that has no id: its name
            key = digest(key)
        return clean.text(facet.item_cdm_id), clean.text(facet.kind), key, value

    def _add_raw(self, newest: Newest, raw: RawRecord) -> None:
        self._register(newest, tables.RAW, Clock(raw.version, raw.observed_at, ""), raw)


def _later(into: dict[Any, str], key: object, moment: str) -> None:
    if moment >= into.get(key, ""):
        into[key] = moment
