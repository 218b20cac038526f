"""The settings of the target and of the mapper: the one place that declares and checks them (CONTRACT 2.1)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from target_cdm_docs.stores.base import DUCKDB_MEMORY_LIMIT

MODES = ("cdm", "raw")
UNMAPPED = ("error", "ignore", "raw")
TEXT_FORMATS = ("markdown", "plain", "none")
CHUNK_UNITS = ("characters", "tokens")
CHUNK_LINKS = ("text", "markdown")

Positive = Annotated[int, Meta(ge=1)]


class SettingsError(Exception):
    """A setting is unknown, missing or wrong; the message names it."""


class MappingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What decides how a record is mapped. The mapper has these settings alone."""

    source_system: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]+$")] = "confluence"
    text_format: Literal["markdown", "plain", "none"] = "markdown"
    former_base_urls: tuple[Annotated[str, Meta(pattern=r"^https?://[^/?#]+(/[^?#]*)?$")], ...] = ()
    chunks_enabled: bool = False
    chunk_size: Positive = 1000
    chunk_overlap: Annotated[int, Meta(ge=0)] = 200
    chunk_unit: Literal["characters", "tokens"] = "characters"
    chunk_tokenizer: str | None = None
    chunk_context: bool = False
    chunk_links: Literal["text", "markdown"] = "text"
    attachments_directory: str | None = None
    max_failures: Annotated[int, Meta(ge=0)] = 100

    def check(self) -> None:
        """Refuse what no single setting can tell.

        Raises:
            SettingsError: Settings contradict each other.
        """
        if self.chunk_overlap >= self.chunk_size:
            message = f"chunk_overlap ({self.chunk_overlap}) must be smaller than chunk_size ({self.chunk_size})"
            raise SettingsError(message)
        if (self.chunk_unit == "tokens") != (self.chunk_tokenizer is not None):
            raise SettingsError("chunk_unit: tokens and chunk_tokenizer (module:function) go together")


class Settings(MappingSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The target's settings."""

    destination: Annotated[str, Meta(min_length=1)] = "duckdb:///output/cdm-docs.duckdb"
    schema: str | None = None
    mode: Literal["cdm", "raw"] = "cdm"
    unmapped_streams: Literal["error", "ignore", "raw"] = "error"
    stream_mapping: dict[str, str] = {}
    hard_delete: bool = False
    revisions_keep: Positive | None = None
    duckdb_memory_limit: Annotated[str, Meta(pattern=r"^[1-9][0-9]* ?[KMGT]i?B$")] = DUCKDB_MEMORY_LIMIT
    batch_size_rows: Positive = 10_000
    batch_size_bytes: Positive = 8_000_000
    batch_seconds: Annotated[float, Meta(gt=0)] = 10.0
    workers: Annotated[int, Meta(ge=0, le=64)] | None = None

    def check(self) -> None:
        """Refuse what no single setting can tell.

        Raises:
            SettingsError: Settings contradict each other.
        """
        super().check()
        if self.hard_delete and self.revisions_keep is not None:
            raise SettingsError(
                "revisions_keep and hard_delete exclude each other: a tombstone that comes late may leave a version "
                "that was removed; unset one of them"
            )


SettingsT = TypeVar("SettingsT", bound=MappingSettings)

_JSON_FROM_TEXT = {"stream_mapping": "object", "former_base_urls": "array"}


def read_settings(kind: type[SettingsT], config: Mapping[str, Any]) -> SettingsT:
    """Return checked settings.

    Args:
        kind: ``Settings`` or ``MappingSettings``.
        config: As it comes from files, Meltano or the environment; texts are taken for numbers and truth values, None
            for the default.

    Raises:
        SettingsError: A setting is unknown, wrong, or contradicts another.
    """
    names = set(kind.__struct_fields__)
    for name in config:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"Unknown setting {name!r}{hint} (known: {', '.join(sorted(names))})"
            raise SettingsError(message)
    given = {name: _parsed(name, value) for name, value in config.items() if value is not None}
    try:
        settings = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        raise SettingsError(_complaint(path.strip("`"), given, reason)) from None
    settings.check()
    return settings


def _complaint(name: str, given: Mapping[str, Any], reason: str) -> str:
    """What is wrong with a setting and what would be right; only values of a short list are repeated."""
    declared = (_TARGET_PROPERTIES | _MAPPING_PROPERTIES).get(name, {})
    if choices := [choice for choice in declared.get("enum", ()) if choice is not None]:
        return f"{name}: {given[name]!r} is none of {', '.join(choices)}"
    if name == "duckdb_memory_limit":
        return f"{name}: {given[name]!r} is no size such as 512MB or 4GB"
    if name == "source_system":
        return f"{name}: expected letters, digits, '.', '_' and '-' alone"
    return f"{name or 'configuration'}: {reason[:1].lower()}{reason[1:]}"


def _parsed(name: str, value: Any) -> Any:
    if name in _JSON_FROM_TEXT and isinstance(value, str):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError as error:
            message = f"{name}: not a JSON {_JSON_FROM_TEXT[name]}: {error}"
            raise SettingsError(message) from None
    return value


def _declared(kind: str, title: str, description: str, **more: Any) -> dict[str, Any]:
    return {"type": [kind, "null"], "title": title, "description": description, **more}


_MAPPING_PROPERTIES: dict[str, dict[str, Any]] = {
    "source_system": _declared(
        "string", "Source system", "The <sys> in every cdm_id: two sites in one database need two names."
    ),
    "text_format": _declared(
        "string", "Text format", "Rendering kept beside the body: markdown, plain or none.", enum=[*TEXT_FORMATS, None]
    ),
    "former_base_urls": _declared(
        "array",
        "Former base URLs",
        "Base URLs that the site had before, e.g. https://wiki.acme.com/confluence before a migration: links to "
        "them lead to the same page on the site of now.",
        items={"type": "string"},
    ),
    "chunks_enabled": _declared("boolean", "Chunks", "Cut pages and blog posts into chunks for retrieval."),
    "chunk_size": _declared("integer", "Chunk size", "Longest chunk, in the unit of chunk_unit."),
    "chunk_overlap": _declared(
        "integer", "Chunk overlap", "What neighbouring chunks of running text share at most, in whole sentences."
    ),
    "chunk_unit": _declared(
        "string", "Chunk unit", "What sizes count: characters, or tokens of chunk_tokenizer.", enum=[*CHUNK_UNITS, None]
    ),
    "chunk_tokenizer": _declared(
        "string",
        "Chunk tokenizer",
        "module:function of an installed package; given a text it returns its tokens, or how many there are.",
    ),
    "chunk_context": _declared(
        "boolean",
        "Chunk context",
        "Begin each chunk's text with the title and the headings that it stands under, in addition to chunk_size.",
    ),
    "chunk_links": _declared(
        "string",
        "Chunk links",
        "Links in chunks: their text alone (URLs are rows of cdm_doc_link), or as markdown.",
        enum=[*CHUNK_LINKS, None],
    ),
    "attachments_directory": _declared(
        "string",
        "Attachments directory",
        "The tap's attachments_directory: PDF, Office, HTML, CSV and text files in it are read as text "
        "(needs target-cdm-docs[files]).",
    ),
    "max_failures": _declared(
        "integer",
        "Max failures",
        "Bad records that a run may leave out; one more ends it with exit code 1, as does a stream that has only such.",
    ),
}
_TARGET_PROPERTIES: dict[str, dict[str, Any]] = {
    "destination": _declared(
        "string",
        "Destination",
        "duckdb:///relative/file.duckdb (four slashes: an absolute path), postgresql://user:password@host/database, "
        "or ndjson:///directory.",
        secret=True,
        writeOnly=True,
    ),
    "schema": _declared("string", "Schema", "Database schema for the tables, made if missing; else the connection's."),
    "mode": _declared(
        "string",
        "Mode",
        "cdm: map records into the data model. raw: pass each record through unmapped.",
        enum=[*MODES, None],
    ),
    "unmapped_streams": _declared(
        "string",
        "Unmapped streams",
        "What to do with a stream that the data model does not know: error, ignore, or raw (into raw_record).",
        enum=[*UNMAPPED, None],
    ),
    "stream_mapping": _declared("object", "Stream mapping", "Incoming stream name to the name of a known stream."),
    "hard_delete": _declared("boolean", "Hard delete", "Delete rows instead of stamping deleted_at."),
    "revisions_keep": _declared(
        "integer",
        "Revisions kept",
        "Newest versions of each item that a database keeps; older ones are removed when a run has come to its end. "
        "Unset: all. Not together with hard_delete.",
    ),
    "duckdb_memory_limit": _declared(
        "string", "DuckDB memory limit", "Memory that DuckDB may use, e.g. 4GB: a line of 200 MB needs more than 1GB."
    ),
    "batch_size_rows": _declared("integer", "Batch rows", "A transaction ends after this many records."),
    "batch_size_bytes": _declared("integer", "Batch bytes", "A transaction ends after this many bytes of input."),
    "batch_seconds": _declared("number", "Batch seconds", "A transaction ends after this many seconds."),
    "workers": _declared(
        "integer",
        "Workers",
        "Processes that map documents while the target writes; each takes some 100 MB of memory. 0: the target maps "
        "them itself. Unset: 2 where there are two processors or more, once there is enough to do.",
    ),
}


def config_schema(kind: type[MappingSettings]) -> dict[str, Any]:
    """Return the settings as people and Meltano see them, with defaults."""
    order = ({**_TARGET_PROPERTIES} if kind is Settings else {}) | _MAPPING_PROPERTIES
    properties = {}
    defaults = dict(zip(kind.__struct_fields__, _defaults(kind), strict=True))
    for name, declared in order.items():
        default = defaults[name]
        properties[name] = declared if default in (None, {}) else {**declared, "default": default}
    return {"type": "object", "properties": properties}


def _defaults(kind: type[MappingSettings]) -> list[Any]:
    plain = kind()
    return [getattr(plain, name) for name in kind.__struct_fields__]
