"""The one place that goes round the SDK's machinery (ARCHITECTURE, wall 7), and why.

- **Records are written without conforming, mask and copies.** ``normalise`` already makes exactly the fields of the
  schema, so the SDK's per-record work only confirms it: 20,000 records of 10 KB take 1.4 s by the SDK's own path, 1.0 s
  with its msgspec writer, 0.42 s this way. What a user configures is honoured by the SDK's own path instead: stream
  maps, flattening, deselected properties, a schema changed in the catalog.
- **Flushes stand at STATE and at the end of a listing page**, not after every record.
- **STATE takes 2 % of what is written**, or 64 kB: it may be written after every listing page, and remembers all rows.
  It is brought up to date and encoded only when it is sent.
- **Bookmarks are ours** (CONTRACT 1.3, law 2): the SDK keeps the maximum that it has seen and a signpost of our own
  clock, either of which loses edits that fall behind a walk.
- **The run has an order**; the SDK sorts streams by name.
- **The environment is read by type**: the SDK leaves numbers as text, which then fail their own schema.
- **Errors for people are one line**; the SDK prints tracebacks.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from hashlib import blake2b
from typing import Any, ClassVar

import click
import msgspec
from msgspec import UNSET, UnsetType
from singer_sdk import Stream, Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter, enc_hook
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.metrics import get_metrics_logger
from singer_sdk.singerlib import Schema, StateMessage
from singer_sdk.singerlib.encoding.simple import Message

from tap_confluence.environment import config_from, left_unread, read_dotenv, typos_in

Record = dict[str, Any]
STATE_SHARE = 0.02
"""How much of all other lines STATE may take in all, the last one included."""
LEAST_STATE_BYTES = 65_536
"""So much it may take in any case: small runs write it whenever they may."""

_encoder = msgspec.json.Encoder(enc_hook=enc_hook, decimal_format="number")
_encode, _encode_lines = _encoder.encode, _encoder.encode_lines


class OutputError(Exception):
    """Standard output takes no more: its disk is full, for one. Whoever reads it and goes away is another matter."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output cannot be written ({error.strerror})")


class Writer(MsgSpecWriter):
    """Singer messages on stdout, flushed when told."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        super().__init__()
        self._line_bytes = 0
        self._state_bytes = 0
        self._state_length = 0
        self._state_digest = b""

    def write_line(self, line: bytes) -> None:
        """Write encoded messages, which are no STATE.

        Raises:
            OutputError: Standard output takes no more.
        """
        self._line_bytes += len(line)
        self._write(line)

    def write_message(self, message: Message) -> None:
        """Write any message; STATE in its own way."""
        if isinstance(message, StateMessage):
            self.write_state(lambda: message.value, force=True)
        else:
            self.write_line(bytes(self.format_message(message)))

    def write_state(self, snapshot: Callable[[], Mapping[str, Any]], *, force: bool = False) -> None:
        """Write STATE unless it stands on stdout already, or has had its share; flush in any case.

        Args:
            snapshot: Brings STATE up to date and returns it; called only when it is to be sent.
            force: Write it whatever its share is.
        """
        if force or self._has_room(self._state_length):
            line = b'{"type":"STATE","value":%b}\n' % _encode(snapshot())
            self._state_length = len(line)
            digest = blake2b(line).digest()
            if digest != self._state_digest and (force or self._has_room(len(line))):
                self._state_digest = digest
                self._state_bytes += len(line)
                self._write(line)
        self.flush()

    def _has_room(self, length: int) -> bool:
        """Whether a STATE of this length may be written, and the last one of the run after it."""
        return self._state_bytes + 2 * length <= max(LEAST_STATE_BYTES, STATE_SHARE * self._line_bytes)

    def _write(self, line: bytes) -> None:
        """Write all of a line: unbuffered (``PYTHONUNBUFFERED``), a pipe takes a part of it when a signal comes."""
        left = memoryview(line)
        try:
            while left:
                left = left[sys.stdout.buffer.write(left) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error) from None

    def flush(self) -> None:
        """Hand everything to whoever reads.

        Raises:
            OutputError: Standard output takes no more.
        """
        try:
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error) from None


class States:
    """The SDK's name for whoever writes STATE: at the beginning of a run, and at the end of each stream."""

    def __init__(self, tap: OrderedTap) -> None:
        self._tap = tap

    def write_state(self, state: Mapping[str, Any]) -> None:
        """Write STATE unless it stands on stdout already, or has had its share."""
        del state
        self._tap.write_state()


class Line(msgspec.Struct, tag_field="type", tag="RECORD"):
    """A RECORD message."""

    stream: str
    record: Record
    time_extracted: str | UnsetType = UNSET


MOMENTS = ("observed_at", "seen_at", "detected_at", "occurred_at")
"""Fields that tell when a record was read, by whichever its stream has."""


class FastStream(Stream):
    """A stream that hands over lists of finished records and keeps its own bookmarks."""

    _tap: OrderedTap

    def batches(self) -> Generator[list[Record], None, None]:
        """The records; an empty list says that STATE is consistent with all records so far."""
        raise NotImplementedError

    def get_records(self, context: Mapping[str, Any] | None) -> Iterable[Record]:
        """The records one by one, for whoever asks the SDK's way."""
        del context
        for batch in self.batches():
            yield from batch

    def get_replication_key_signpost(self, context: Mapping[str, Any] | None = None) -> None:
        """Nothing: a bookmark comes from the server's clock (law 2)."""

    @property
    def partitions(self) -> None:
        """Nothing: one walk covers many spaces."""
        return

    def _sync_records(
        self, context: Mapping[str, Any] | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        del context
        index, most = 0, self.ABORT_AT_RECORD_COUNT
        counter, timer = self.get_record_counter(), self.get_sync_timer()
        write = self._write_plain if self._is_plain() else self._write_copies
        is_selected = self.selected and write_messages
        writer = self._tap.message_writer
        with counter, timer, closing(self.batches()) as batches:
            for batch in batches:
                index += len(batch)
                wanted = batch if most is None else batch[: len(batch) - max(0, index - most)]
                if wanted and is_selected:
                    write(wanted)
                self._check_max_record_limit(current_record_index=index - 1)
                counter.increment(len(batch))
                if not batch and write_messages:
                    self._tap.write_state()
                writer.flush()
        yield from ()

    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """There are no progress markers; what the stream remembered is written."""
        del state
        self._write_state_message()

    def _write_state_message(self) -> None:
        self._tap.state_writer.write_state(self.tap_state)

    def _is_plain(self) -> bool:
        """Whether the user configured nothing that changes records."""
        maps = self.stream_maps
        if len(maps) != 1 or type(maps[0]) is not SameRecordTransform or maps[0].flattening_enabled:
            return False
        if not all(self.mask.values()):
            return False
        return self._input_schema is None or self._input_schema == Schema.from_dict(self.schema).to_dict()

    def _write_copies(self, records: Iterable[Record]) -> None:
        """Write by the SDK's own path, which takes out of a record what the user deselected (law 20)."""
        for record in records:
            self._write_record_message(dict(record))

    @cached_property
    def _moment(self) -> str:
        """The field that tells when a record of this stream was read; empty where none does."""
        return next((name for name in MOMENTS if name in self.schema["properties"]), "")

    def _write_plain(self, records: Sequence[Record]) -> None:
        lines = [Line(self.name, record, record.get(self._moment) or UNSET) for record in records]
        try:
            encoded = _encode_lines(lines)
        except (UnicodeEncodeError, OverflowError):
            for line in lines:
                whole = json.dumps(line.record).encode("utf-8", "replace")
                line.record = json.loads(whole, parse_int=_whole_or_text)
            encoded = _encode_lines(lines)
        self._tap.message_writer.write_line(encoded)


def tell_totals(totals: Mapping[str, float]) -> None:
    """Log counters as Singer metrics, in the form of the SDK's own; it has no names for most of them."""
    logger = get_metrics_logger()
    for name, value in totals.items():
        point = {"type": "counter", "metric": name, "value": value, "tags": {"pid": os.getpid()}}
        logger.info("METRIC: %s", json.dumps(point, separators=(",", ":")))


def _whole_or_text(digits: str) -> int | str:
    """A whole number that JSON readers can hold, else its digits."""
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else digits


class OrderedTap(Tap):
    """A tap with an order of streams, one-line errors and an environment that is read by type."""

    message_writer_class = Writer
    message_writer: Writer
    state_writer: States  # type: ignore[assignment]  # it has the one method that the SDK calls
    order: ClassVar[Sequence[str]] = ()
    """Names of the streams in the order of the run."""

    def __init__(self, **options: Any) -> None:
        """Build the SDK's tap with the writer above."""
        super().__init__(**options)
        self._state_writer = States(self)  # type: ignore[assignment]  # as above

    def rows(self, stream: str) -> Generator[list[Record], None, None]:
        """The records of a stream, as ``FastStream.batches`` hands them over."""
        raise NotImplementedError

    def snapshot(self) -> Mapping[str, Any]:
        """STATE, brought up to date."""
        return self._state

    def write_state(self, *, force: bool = False) -> None:
        """Write STATE, consistent with all records so far; ``force``: whatever its share of the output is."""
        self.message_writer.write_state(self.snapshot, force=force)

    @property
    def streams(self) -> dict[str, Stream]:
        """The streams in the order of the run."""
        if self._streams is None:
            found = super().streams
            ranks = {name: rank for rank, name in enumerate(self.order)}
            self._streams = dict(sorted(found.items(), key=lambda item: ranks.get(item[0], len(ranks))))
        return self._streams

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read the configuration files; one that cannot be read is a line and exit code 1."""
        if "ENV" in value and (complaint := read_dotenv()):
            cls.logger.error("%s", complaint)
            raise click.exceptions.Exit(1)
        try:
            return super().cb_config(ctx, param, value)
        except OSError as error:
            reason = error.strerror or str(error)
        except (TypeError, ValueError) as error:  # TypeError: JSON, but no object
            line = getattr(error, "lineno", None)
            reason = "not a JSON object" + (f" (line {line})" if line else "")
        cls.logger.error("--config %s: %s", " --config ".join(value), reason)
        raise click.exceptions.Exit(1)

    @classmethod
    def left_unread(cls) -> str | None:
        """A word about settings in the environment or in ``.env``, for whoever has asked for none at all."""
        return left_unread(cls.config_jsonschema["properties"], cls._env_var_prefix)

    def typos(self) -> list[str]:
        """Words about variables of the environment that are nearly a setting, and are not read."""
        schema = {"properties": dict(self.config_jsonschema["properties"])}
        self.append_builtin_config(schema)
        return typos_in(os.environ, schema["properties"], self._env_var_prefix)

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        schema = {"properties": dict(cls.config_jsonschema["properties"])}
        cls.append_builtin_config(schema)
        return config_from(os.environ, schema["properties"], cls._env_var_prefix)
