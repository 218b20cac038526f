"""What a version of the tables changed beyond adding tables, columns and indexes, which needs no word. Pure.

Keys are the versions that are led to; in the texts ``{s}`` stands for the quoted schema. Each is run once, in order, by
tables of a lower version alone.
"""

from __future__ import annotations

BEFORE: dict[int, tuple[str, ...]] = {
    3: (
        'DROP INDEX IF EXISTS {s}."ix_cdm_doc_item_title"',
    ),  # made anew: no longer of files, whose names are many and equal
}
"""Run before anything is added: what gets another name, or is made anew."""

AFTER: dict[int, tuple[str, ...]] = {}
"""Run when all is added, before the views are made: what goes into new columns."""
