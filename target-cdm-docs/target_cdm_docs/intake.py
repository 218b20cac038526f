"""What becomes of each Singer message: mapped, passed through, left out, or the end of the run. Knows no database."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jsonschema
from cdm_docs.mapping.errors import MappingError
from cdm_docs.mapping.options import Options
from cdm_docs.mapping.registry import MAPPED, TOO_DEEP, is_mapped, is_too_deep, map_record
from cdm_docs.mapping.shapes import fault_of
from cdm_docs.model.rows import CdmRows
from singer_sdk.exceptions import MissingKeyPropertiesError, RecordsWithoutSchemaException

from target_cdm_docs.at_hand import Waiting
from target_cdm_docs.hashes import NEVER_KNOWN, RecordHasher, salt_of
from target_cdm_docs.ingest import MOST_ERRORS_KEPT, Ingest
from target_cdm_docs.raw import raw_record
from target_cdm_docs.settings import Settings
from target_cdm_docs.singer.reader import BadLineError, Line, LineReader
from target_cdm_docs.workers.wire import Job

logger = logging.getLogger("target-cdm-docs")
Message = dict[str, Any]


LONG = frozenset({"pages", "blogposts", "footer_comments", "inline_comments", "content_versions", "attachments"})
"""Known streams whose records take longer to map than to send to a worker and back; files are read by one process."""

_COMBINED = {"$ref", "allOf", "anyOf", "oneOf"}
"""What may stand in a SCHEMA instead of properties, where nobody asks for them; with neither it is invalid: so does the
SDK's own suite for targets have it."""

_WAYS_OUT = (
    'give it a name of its own in `stream_mapping` ({{"{stream}": "other"}}) with `unmapped_streams` `raw` (kept in '
    "raw_record) or `ignore`, or set `mode` to `raw`"
)


class UnmappedStreamError(Exception):
    """A stream came that the data model does not know; the message tells the ways out."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where the records of a stream go.

    Attributes:
        mapped: The known stream as which they are mapped; None: they are not.
        key_properties: The names of their key.
        is_left_out: They go nowhere.
        tells_its_age: Whether it is a stream of tap-confluence that is passed through.
    """

    mapped: str | None
    key_properties: Sequence[str]
    is_left_out: bool = False
    tells_its_age: bool = False


class Intake:
    """The messages of one run, in their order."""

    def __init__(self, settings: Settings, options: Options, reader: LineReader, ingest: Ingest) -> None:
        """Take what the run is made of; nothing is read yet."""
        self._settings = settings
        self._options = options
        self._reader = reader
        self._ingest = ingest
        self._routes: dict[str, Route] = {}
        self._hashers: dict[str, RecordHasher] = {}
        self._salt = salt_of(settings)
        self._for_workers = LONG - ({"attachments"} if options.read_file else set())
        self._warned_of_versions = False
        self._began = time.time_ns()

    def schema(self, message: Message) -> None:
        """Decide where a stream goes.

        Raises:
            UnmappedStreamError: It goes nowhere, and ``unmapped_streams`` is ``error`` (law 7).
            BadLineError: The message is incomplete or holds no JSON Schema.
        """
        stream, schema = self._text(message, "stream"), self._object(message, "schema")
        if wrong := _invalid(schema):
            raise BadLineError(f"{self._line} has no valid JSON Schema for {stream!r}: {wrong}")
        keys = message.get("key_properties") or []
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise BadLineError(f"{self._line} has 'key_properties' for {stream!r} that are no list of names")
        route = self._route(stream, keys, schema)
        if route.mapped is not None and (fault := fault_of(route.mapped, schema["properties"])):
            raise UnmappedStreamError(
                f"stream {stream!r} is not the stream {route.mapped!r} of tap-confluence: {fault}. Fill in such fields "
                f"in front of this target, or {_WAYS_OUT.format(stream=stream)}"
            )
        self._routes[stream] = route
        self._hashers[stream] = RecordHasher(self._salt, self._settings.source_system, stream, route.mapped, keys)
        self._ingest.declare(stream)

    def _route(self, stream: str, key_properties: Sequence[str], schema: Message) -> Route:
        known = self._settings.stream_mapping.get(stream, stream)
        properties: Message = {}
        if self._settings.mode == "cdm" or not _COMBINED & schema.keys():
            properties = self._object(schema, "properties")
        if self._settings.mode == "raw":
            is_ours = is_mapped(known) and fault_of(known, properties) is None
            return Route(None, key_properties, tells_its_age=is_ours and "observed_at" in properties)
        if is_mapped(known):
            return Route(known, key_properties)
        if self._settings.unmapped_streams == "error":
            if known != stream:
                raise UnmappedStreamError(
                    f"`stream_mapping` takes stream {stream!r} for {known!r}, which has no place in the data model; "
                    f"known are {', '.join(name for name in MAPPED if not name.startswith('cdm_'))}"
                )
            raise UnmappedStreamError(
                f"stream {known!r} has no place in the data model: deselect it at the tap, name the known stream "
                "that it is in `stream_mapping`, or set `unmapped_streams` to `raw` (kept in raw_record) or `ignore`"
            )
        ignored = self._settings.unmapped_streams == "ignore"
        logger.info("stream %r is not mapped: %s", stream, "left out" if ignored else "passed through to raw_record")
        return Route(None, key_properties, is_left_out=ignored)

    def record(self, message: Message) -> None:
        """Take a record; a bad one costs itself alone (law 6).

        Raises:
            RecordsWithoutSchemaException: Its stream has no SCHEMA yet.
            MissingKeyPropertiesError: It is to be passed through and lacks a key.
            BadLineError: The message is incomplete.
        """
        stream, record = message.get("stream"), message.get("record")
        if not isinstance(stream, str) or not isinstance(record, dict):
            raise BadLineError(f"{self._line} is a RECORD without a stream's name and an object")
        route = self._routes.get(stream)
        if route is None:
            raise RecordsWithoutSchemaException(
                f"{self._line} is a record of {stream!r}, of which no SCHEMA came before"
            )
        if route.is_left_out:
            self._ingest.leave_out(stream)
            return
        line = self._reader.line
        if route.mapped is None:
            self._check_key(stream, record, route.key_properties)
            take: Callable[[CdmRows | None], bool] = partial(self._pass_through, line, stream, record, route)
            job = None
        else:
            job = Job(route.mapped, line.text) if route.mapped in self._for_workers else None
            take = partial(self._map, line, stream, route.mapped, record if job is None else None)
        hasher = self._hashers[stream]
        key = None if route.mapped in NEVER_KNOWN else hasher.key(record)
        self._ingest.wait(Waiting(stream, len(line.text), key, hasher.hash(line.text), take, job))

    def _map(self, line: Line, stream: str, known: str, record: dict[str, Any] | None, rows: CdmRows | None) -> bool:
        """Take a record's rows; a long record that waits is not kept decoded."""
        if rows is None:
            try:
                rows = map_record(known, record or self._reader.message(line)["record"], self._options)
            except MappingError as error:
                return self._reject(line, stream, "map", str(error))
        self._ingest.add(stream, rows)
        return True

    def _reject(self, line: Line, stream: str, stage: str, reason: str) -> bool:
        if self._ingest.run.failed_counter < MOST_ERRORS_KEPT:
            logger.warning("line %d of the input was left out: %s", line.number, reason)
        self._ingest.reject(stream, {"stage": stage, "line": line.number, "message": reason})
        return False

    def _check_key(self, stream: str, record: dict[str, Any], key_properties: Sequence[str]) -> None:
        missing = [name for name in key_properties if name not in record]
        if missing:
            raise MissingKeyPropertiesError(
                f"{self._line}: a record of {stream!r} without its key {', '.join(missing)}"
            )
        self._ingest.keep_space(record.get("space_key"))

    def _pass_through(self, line: Line, stream: str, record: dict[str, Any], route: Route, _: CdmRows | None) -> bool:
        keys = route.key_properties
        if keys and all(record[name] is None for name in keys):
            return self._reject(line, stream, "read", f"stream {stream!r}: record whose key {', '.join(keys)} is null")
        if is_too_deep(record):
            return self._reject(line, stream, "read", f"stream {stream!r}: {TOO_DEEP}")
        raw = raw_record(
            stream,
            self._reader.as_written(line)["record"],
            keys,
            self._settings.source_system,
            arrived=self._began + line.number,
            tells_its_age=route.tells_its_age,
        )
        self._ingest.add_raw(stream, raw)
        return True

    def state(self, message: Message) -> None:
        """Keep a STATE until what came before it is committed (law 3).

        Raises:
            BadLineError: It has no value.
        """
        self._ingest.state(self._object(message, "value"))

    def activate_version(self, message: Message) -> None:
        """Ignore it, and say so once (law 8): many streams share a table here, and each would wipe the others."""
        if not self._warned_of_versions:
            self._warned_of_versions = True
            stream = message.get("stream")
            logger.warning("ACTIVATE_VERSION (of %r) is ignored: rows are never wiped by their version", stream)

    def batch(self, message: Message) -> None:
        """Refuse.

        Raises:
            BadLineError: Always: files of unmapped records cannot be mapped here.
        """
        raise BadLineError(
            f"{self._line} is a BATCH of {message.get('stream')!r}, which this target does not read: unset the tap's "
            "`batch_config`"
        )

    @property
    def _line(self) -> str:
        return f"line {self._reader.number} of the input"

    def _text(self, message: Message, name: str) -> str:
        value = message.get(name)
        if not isinstance(value, str):
            raise BadLineError(f"{self._line} has no {name!r}")
        return value

    def _object(self, message: Message, name: str) -> dict[str, Any]:
        value = message.get(name)
        if not isinstance(value, dict):
            raise BadLineError(f"{self._line} has no object {name!r}")
        return value


def _invalid(schema: dict[str, Any]) -> str | None:
    if not isinstance(schema.get("$schema", ""), str):
        return "its '$schema' is no text"
    try:
        jsonschema.validators.validator_for(schema).check_schema(schema)
    except jsonschema.SchemaError as error:
        return error.message
    except RecursionError:
        return "it is nested too deeply"
    return None
