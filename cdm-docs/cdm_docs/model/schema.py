"""JSON Schemas of the data model, derived from its dataclasses. Pure."""

from __future__ import annotations

import dataclasses
import typing
from types import UnionType
from typing import Any

from cdm_docs.model import rows as model

STREAMS: dict[str, type] = {
    "cdm_doc_space": model.CdmDocSpace,
    "cdm_doc_item": model.CdmDocItem,
    "cdm_doc_revision": model.CdmDocRevision,
    "cdm_doc_link": model.CdmDocLink,
    "cdm_doc_access": model.CdmDocAccess,
    "cdm_work_user": model.CdmWorkUser,
    "cdm_work_group": model.CdmWorkGroup,
    "cdm_doc_chunk": model.CdmDocChunk,
    "cdm_doc_tombstone": model.CdmDocTombstone,
}
"""The model's rows as Singer streams, by name."""

_JSON = {"type": ["object", "array", "string", "number", "boolean", "null"]}


def property_schema(hint: Any) -> dict[str, Any]:
    """Return the JSON Schema of one field's type."""
    parts = typing.get_args(hint) if typing.get_origin(hint) in (UnionType, typing.Union) else (hint,)
    names = [{str: "string", int: "integer", bool: "boolean", type(None): "null"}.get(part) for part in parts]
    if None in names:
        return dict(_JSON)
    return {"type": names}


def json_schema(row_type: type) -> dict[str, Any]:
    """Return the JSON Schema of a row class."""
    hints = typing.get_type_hints(row_type, include_extras=True)
    names = [field.name for field in dataclasses.fields(row_type)]
    properties = {name: property_schema(hints[name]) for name in names}
    for field in ("properties", "raw_source", "metadata"):
        if field in properties:
            properties[field] = {"type": ["object", "null"]}
    for name in names:
        if name.endswith("_at"):
            properties[name]["format"] = "date-time"
    if "tags" in properties:
        properties["tags"] = {"type": ["array", "null"], "items": {"type": ["string", "null"]}}
    return {"type": "object", "properties": properties, "required": ["cdm_id"]}
