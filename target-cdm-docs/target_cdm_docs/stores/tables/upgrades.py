"""What a version of the tables changed beyond adding tables, columns and indexes, which needs no word. Pure.

Keys are the versions that are led to; in the texts ``{s}`` stands for the quoted schema. Each is run once, in order, by
tables of a lower version alone.
"""

from __future__ import annotations

BEFORE: dict[int, tuple[str, ...]] = {
    3: (
        'DROP INDEX IF EXISTS {s}."ix_cdm_doc_item_title"',
    ),  # made anew: no longer of files, whose names are many and equal
    4: (
        *(
            f"ALTER TABLE IF EXISTS {{s}}.cdm_doc_{name} RENAME TO _cdm_{name}"
            for name in ("place", "facet", "name", "set", "pending")
        ),
        'DROP INDEX IF EXISTS {s}."ix_cdm_doc_name_item_cdm_id"',
        'DROP INDEX IF EXISTS {s}."ix_cdm_doc_name_scope"',
    ),  # made anew: an index has its table in its name
}
"""Run before anything is added: what gets another name, or is made anew."""


_WITH_CLOCKS = (
    *("cdm_doc_space", "cdm_doc_item", "cdm_work_user", "cdm_doc_tombstone", "raw_record", "_cdm_place"),
    *("cdm_doc_revision", "_cdm_facet", "_cdm_set", "cdm_doc_chunk"),
)
"""Tables whose clock was one text: version, moment and digests with bars between them."""


def _clock_of(table: str, version: str = "split_part(_clock, '|', 1)", where: str = "true") -> str:
    return (
        f"UPDATE {{s}}.{table} SET _version = CAST({version} AS bigint), _observed_at = split_part(_clock, '|', 2) "
        f"WHERE _clock IS NOT NULL AND {where}"
    )


_CLOCKS = (
    *map(_clock_of, _WITH_CLOCKS[:6]),
    # Whether the record had a body stood before the version.
    _clock_of("cdm_doc_revision", "substr(split_part(_clock, '|', 1), 2)"),
    _clock_of("_cdm_facet", where="kind <> 'label'"),
    _clock_of("_cdm_set"),
    "UPDATE {s}._cdm_set SET _set = split_part(_clock, '|', 3) WHERE _clock IS NOT NULL",
    _clock_of(
        "cdm_doc_chunk",
        where="NOT EXISTS (SELECT 1 FROM {s}._cdm_set s "
        "WHERE s.kind = 'chunk' AND s.owner = item_cdm_id AND s._clock = cdm_doc_chunk._clock)",
    ),
    "UPDATE {s}.cdm_doc_chunk SET _set = split_part(_clock, '|', 3) WHERE _clock IS NOT NULL AND _version IS NOT NULL",
)
# An item's labels were one row, an object.
_SETS_OF_LABELS = (
    "INSERT INTO {s}._cdm_set (kind, owner, _version, _observed_at, _set, _digest) "
    "SELECT 'label', item_cdm_id, 0, _clock, '', '' FROM {s}._cdm_facet WHERE kind = 'label' AND key = ''"
)
_LABELS = (
    "INSERT INTO {s}._cdm_facet (item_cdm_id, kind, key, value, _digest) "
    "SELECT f.item_cdm_id, 'label', e.key, e.value, '' FROM {s}._cdm_facet f, json_each(CAST(f.value AS json)) e "
    "WHERE f.kind = 'label' AND f.key = ''"
)
_NO_LABELS = "DELETE FROM {s}._cdm_facet WHERE kind = 'label' AND key = ''"

AFTER: dict[int, tuple[str, ...]] = {
    3: (
        *(f"ALTER TABLE {{s}}.{table} ADD COLUMN IF NOT EXISTS _clock text" for table in _WITH_CLOCKS),
        *(*_CLOCKS, _SETS_OF_LABELS, _LABELS, _NO_LABELS),
        *(f"ALTER TABLE {{s}}.{table} DROP COLUMN _clock" for table in _WITH_CLOCKS),
    )
}
"""Run when all is added, before the views are made: what goes into new columns."""
