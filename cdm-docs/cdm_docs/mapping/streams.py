"""The rows of the data model as Singer streams: their names, and the fields that records have beyond the columns. Pure.

A record of such a stream is a row's columns and its clock: ``clock_version``, ``clock_observed_at``, ``clock_digest``
(``cdm.model.Clock``). With it the rows that a mapper sent on are as independent of order and repetition as the records
that it was sent. Further:

- ``cdm_doc_link.owner_cdm_id`` and ``cdm_doc_access.set_id`` say which set a row belongs to; a chunk and a facet
  belong to their item. ``set_size`` says how many members the set has.
- ``cdm_doc_empty_set`` tells a set without members: a set that has some is told by them.
- ``cdm_doc_place`` and ``cdm_doc_facet`` say things about items that only a database can bring together with them;
  ``cdm_doc_failure`` goes into the run's ``error_msgs``.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from cdm_docs.model import schema
from cdm_docs.model.rows import Facet, ItemPlace, Json


@dataclasses.dataclass(frozen=True, slots=True)
class EmptySet:
    """The word that an owner's set of rows is empty.

    Attributes:
        cdm_id: Kind and owner.
        kind: As in ``SetPart``.
        owner_cdm_id: Whose set it is (``SetPart``).
    """

    cdm_id: str
    kind: str
    owner_cdm_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """Something that the source could not be made to tell.

    Attributes:
        cdm_id: The same for the same thing, however often it fails.
        failure: The entry of the run's ``error_msgs``.
    """

    cdm_id: str
    failure: Json


ROW_TYPES: dict[str, type] = {
    **schema.STREAMS,
    "cdm_doc_place": ItemPlace,
    "cdm_doc_facet": Facet,
    "cdm_doc_empty_set": EmptySet,
    "cdm_doc_failure": Failure,
}
"""By stream: the row whose columns its records have."""

KEY = ("cdm_id",)
"""Key properties of all of them."""

_TEXT: dict[str, Any] = {"type": ["string", "null"]}
_CLOCK: dict[str, Any] = {
    "clock_version": {"type": ["integer", "null"]},
    "clock_observed_at": _TEXT,
    "clock_digest": _TEXT,
}
_SIZE: dict[str, Any] = {"set_size": {"type": ["integer", "null"]}}
_WITHOUT_CLOCK = {"cdm_doc_tombstone", "cdm_doc_failure"}
_EXTRA: dict[str, dict[str, Any]] = {
    "cdm_doc_link": {"owner_cdm_id": _TEXT, **_SIZE},
    "cdm_doc_access": {"set_id": _TEXT, **_SIZE},
    "cdm_doc_chunk": _SIZE,
    "cdm_doc_empty_set": _SIZE,
    "cdm_doc_facet": {"cdm_id": {"type": ["string"]}, "value": {**_TEXT, "description": "JSON"}, **_SIZE},
}


def record_schema(stream: str) -> dict[str, Any]:
    """Return the JSON Schema of a stream's records."""
    described = schema.json_schema(ROW_TYPES[stream])
    described["properties"] |= _EXTRA.get(stream, {})
    if stream not in _WITHOUT_CLOCK:
        described["properties"] |= _CLOCK
    return described
