"""map-cdm-docs: the mapping as a Singer mapper, in front of any target (CONTRACT 3)."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import FrameType
from typing import IO, Any, ClassVar, cast

import singer_sdk.singerlib as singer
from cdm_docs.mapping.emit import emit
from cdm_docs.mapping.errors import MappingError
from cdm_docs.mapping.options import Options
from cdm_docs.mapping.registry import emitted_by, is_mapped, map_record
from cdm_docs.mapping.shapes import fault_of
from cdm_docs.mapping.streams import KEY, record_schema
from singer_sdk import InlineMapper

from target_cdm_docs.composition import mapping_options
from target_cdm_docs.losses import Losses
from target_cdm_docs.settings import MappingSettings, config_schema, read_settings
from target_cdm_docs.singer.command import CommandLine
from target_cdm_docs.singer.reader import BadLineError, LineReader
from target_cdm_docs.singer.termination import Termination
from target_cdm_docs.singer.writer import LineWriter

Message = dict[str, Any]


class MapCdmDocs(CommandLine, InlineMapper):
    """Maps Confluence records into streams of documents of a common data model; STATE passes untouched."""

    name = "map-cdm-docs"
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema(MappingSettings)
    settings_class = MappingSettings
    message_writer_class = LineWriter

    @cached_property
    def settings(self) -> MappingSettings:
        """The configuration, checked."""
        return read_settings(MappingSettings, self._config)

    @cached_property
    def options(self) -> Options:
        """Options of the mapping."""
        return mapping_options(self.settings)

    @cached_property
    def _termination(self) -> Termination:
        return Termination()

    @cached_property
    def _losses(self) -> Losses:
        return Losses(self.settings.max_failures)

    @cached_property
    def _held(self) -> list[Message]:
        """The newest STATE while a stream had bad records alone: it may be lost, and STATE would say it is read."""
        return []

    @cached_property
    def _told(self) -> set[str]:
        return set()

    @cached_property
    def _passed_over(self) -> set[str]:
        return set()

    def run_to_the_end(self, file_input: IO[Any] | None) -> int:
        """Check all options before anything is read; returns the exit code."""
        _ = self.options
        return super().run_to_the_end(file_input)

    def map_schema_message(self, message_dict: Message) -> Iterator[singer.Message]:
        """Declare what a stream's records become, each of our streams once; pass unmapped streams over with a word."""
        stream = message_dict.get("stream")
        if not isinstance(stream, str) or not isinstance(message_dict.get("schema"), dict):
            raise BadLineError(f"{self._line} is a SCHEMA without a stream's name and a schema")
        if not is_mapped(stream):
            self._passed_over.add(stream)
            self.logger.warning("stream %r has no place in the data model and is left out", stream)
            return
        properties = message_dict["schema"].get("properties")
        if fault := fault_of(stream, properties if isinstance(properties, dict) else {}):
            raise BadLineError(f"{self._line}: stream {stream!r} is not that of tap-confluence: {fault}")
        for own in emitted_by(stream):
            if own not in self._told:
                self._told.add(own)
                yield singer.SchemaMessage(own, record_schema(own), KEY)

    def map_record_message(self, message_dict: Message) -> Iterator[singer.Message]:
        """Map a record; a bad one costs itself alone."""
        stream, record = message_dict.get("stream"), message_dict.get("record")
        if not isinstance(stream, str) or not isinstance(record, dict):
            raise BadLineError(f"{self._line} is a RECORD without a stream's name and an object")
        if stream in self._passed_over:
            return
        if not is_mapped(stream):
            raise BadLineError(f"{self._line} is a record of {stream!r}, of which no SCHEMA came before")
        try:
            rows = map_record(stream, record, self.options)
        except MappingError as error:
            self.logger.warning("%s was left out: %s", self._line, error)
            self._losses.reject(stream, str(error))
            return
        self._losses.take(stream)
        for own, mapped in emit(rows):
            yield singer.RecordMessage(own, mapped)

    def map_state_message(self, message_dict: Message) -> Iterator[singer.Message]:
        """Pass STATE on, untouched and in place, unless what came before it may be lost."""
        value = message_dict.get("value")
        if not isinstance(value, dict):
            raise BadLineError(f"{self._line} is a STATE without a value")
        self._held[:] = [value] if self._losses.in_doubt else []
        if not self._held:
            yield singer.StateMessage(value)

    def map_activate_version_message(self, message_dict: Message) -> Iterator[singer.Message]:
        """Leave it out: many streams become one here, and each would wipe the others."""
        del message_dict
        return iter(())

    def map_batch_message(self, message_dict: Message) -> Iterator[singer.Message]:
        """Refuse.

        Raises:
            BadLineError: Always: files of unmapped records cannot be mapped here.
        """
        stream = message_dict.get("stream")
        raise BadLineError(
            f"{self._line} is a BATCH of {stream!r}, which cannot be mapped: unset the tap's `batch_config`"
        )

    def _write_messages(self, messages: Iterable[singer.Message]) -> None:
        """Write what one message becomes whole, whatever signal comes meanwhile."""
        with self._termination.held():
            super()._write_messages(messages)

    def process_endofpipe(self) -> None:
        """Send what is still held.

        Raises:
            LossError: A stream lost everything: the STATE that came behind it stays here.
        """
        self._losses.end()
        self._write_messages(map(singer.StateMessage, self._held))
        sys.stdout.flush()

    @property
    def _line(self) -> str:
        return f"line {cast('LineReader', self.message_reader).number} of the input"

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End between two messages: each is written as a whole. A second signal ends the process at once."""
        del frame
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._termination.ask(signum)
