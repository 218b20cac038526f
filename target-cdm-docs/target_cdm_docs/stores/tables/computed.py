"""Columns that follow from one other column of the same row: moments with their type, and what stands in JSON. Pure.

They are written by a session wherever their source is written, so that nothing else needs to know of them and no digest
contains them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from cdm_docs.mapping.times import is_canonical

_INT64 = 2**63
_DAYS = r"(0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8])"
_LEAP_YEARS = r"([12]\d(0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)"
_MOMENT = rf"^([12]\d{{3}}-({_DAYS})|{_LEAP_YEARS}-02-29)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{{3}}Z$"
"""Of days that there are: a database refuses a query that meets another, and all who ask it."""
_NUMBER = "^-?[0-9]{1,18}$"


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: Its name.
        type: ``text``, ``bigint``, ``json`` or ``timestamptz``.
        default: What a new row has where nothing is said, in SQL; "" for null.
        follows: The column of which it tells when it changed last; "" where it does nothing of the kind.
    """

    name: str
    type: str
    default: str = ""
    follows: str = ""


@dataclass(frozen=True, slots=True)
class Computed:
    """Columns computed from a column that is written.

    Attributes:
        source: Its name.
        columns: What follows from it.
        values: From its value to theirs.
        expressions: The same in SQL that DuckDB and PostgreSQL understand, for rows of an older version.
    """

    source: str
    columns: tuple[Column, ...]
    values: Callable[[Any], tuple[Any, ...]]
    expressions: tuple[str, ...]


def moment(name: str) -> Computed:
    """Return the typed twin of a moment: ``created_ts`` of ``created_at``; null where the text is no moment."""
    column = Column(name.removesuffix("_at") + "_ts", "timestamptz")
    return Computed(name, (column,), _moment, (as_moment(name),))


def as_moment(text: str) -> str:
    """Return SQL for a text as a moment; null where it is none."""
    return f"CASE WHEN {text} ~ '{_MOMENT}' THEN CAST({text} AS timestamptz) END"


def _moment(value: str | None) -> tuple[str | None]:
    if value is None or not is_canonical(value):
        return (None,)
    try:
        datetime.fromisoformat(value[:-1])
    except ValueError:
        return (None,)
    return (value,)


def members(source: str, **kinds: str) -> Computed:
    """Return columns for members of a JSON object; null where they are missing or of another type.

    Args:
        source: The column with the JSON text.
        kinds: By member: ``text`` or ``bigint``.
    """
    expected = [(name, str if kind == "text" else int) for name, kind in kinds.items()]
    nothing = (None,) * len(expected)
    reader = msgspec.json.Decoder(msgspec.defstruct("Members", [(name, Any, None) for name in kinds]))

    def values(text: str | None) -> tuple[Any, ...]:
        if text is None or text[:1] != "{":
            return nothing
        found = reader.decode(text)
        return tuple(_of(getattr(found, name), kind) for name, kind in expected)

    columns = tuple(Column(name, kind) for name, kind in kinds.items())
    return Computed(source, columns, values, tuple(_member(source, column) for column in columns))


def _member(source: str, column: Column) -> str:
    text = f"({source} ->> '{column.name}')"
    return text if column.type == "text" else as_number(text)


def as_number(text: str) -> str:
    """Return SQL for a text as a whole number; null where it is none."""
    return f"CASE WHEN {text} ~ '{_NUMBER}' THEN CAST({text} AS bigint) END"


def _of(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        return None
    return None if isinstance(value, int) and not -_INT64 <= value < _INT64 else value


def version_number(source: str) -> Computed:
    """Return a column for the version number in a revision's id."""
    number = f"substr({source}, length({source}) - position(':' IN reverse({source})) + 2)"
    return Computed(source, (Column("version_number", "bigint"),), _version_number, (as_number(number),))


def _version_number(revision_id: str | None) -> tuple[int | None]:
    number = (revision_id or "").rpartition(":")[2]
    return (int(number) if re.fullmatch(_NUMBER, number) else None,)
