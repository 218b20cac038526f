"""map-cdm-docs: the mapping as a Singer mapper, in front of any target (CONTRACT 3)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cached_property
from types import FrameType
from typing import IO, Any, ClassVar, cast

import click
import singer_sdk.singerlib as singer
from singer_sdk import InlineMapper
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities

from target_cdm_docs.command import one_line, with_binary_input
from target_cdm_docs.mapping.emit import emit
from target_cdm_docs.mapping.errors import MappingError
from target_cdm_docs.mapping.options import Options
from target_cdm_docs.mapping.registry import emitted_by, is_mapped, map_record
from target_cdm_docs.mapping.streams import KEY, record_schema
from target_cdm_docs.options import mapping_options
from target_cdm_docs.reader import BadLineError, LineReader
from target_cdm_docs.settings import MappingSettings, SettingsError, config_schema, read_settings
from target_cdm_docs.termination import Terminated
from target_cdm_docs.writer import LineWriter

Message = dict[str, Any]
PROBLEMS = (BadLineError, BrokenPipeError, ConfigValidationError, SettingsError)


class MapCdmDocs(InlineMapper):
    """Maps Confluence records into streams of documents of a common data model; STATE passes untouched."""

    name = "map-cdm-docs"
    package_name = "target-cdm-docs"
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema(MappingSettings)
    message_reader_class = LineReader
    message_writer_class = LineWriter
    capabilities: ClassVar[list[CapabilitiesEnum]] = [PluginCapabilities.ABOUT, PluginCapabilities.STRUCTURED_LOGGING]

    @cached_property
    def options(self) -> Options:
        """Options of the mapping."""
        return mapping_options(read_settings(MappingSettings, self._config))

    @cached_property
    def _told(self) -> set[str]:
        return set()

    @cached_property
    def _passed_over(self) -> set[str]:
        return set()

    def map_schema_message(self, message_dict: Message) -> Iterator[singer.Message]:
        """Declare what a stream's records become, each of our streams once; pass unmapped streams over with a word."""
        stream = message_dict.get("stream")
        if not isinstance(stream, str) or not isinstance(message_dict.get("schema"), dict):
            raise BadLineError(f"{self._line} is a SCHEMA without a stream's name and a schema")
        if not is_mapped(stream):
            self._passed_over.add(stream)
            self.logger.warning("stream %r has no place in the data model and is left out", stream)
            return
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
            return
        for own, mapped in emit(rows):
            yield singer.RecordMessage(own, mapped)

    def map_state_message(self, message_dict: Message) -> Iterator[singer.Message]:
        """Pass STATE on, untouched and in place."""
        value = message_dict.get("value")
        if not isinstance(value, dict):
            raise BadLineError(f"{self._line} is a STATE without a value")
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

    def process_endofpipe(self) -> None:
        """Send what is still held."""
        sys.stdout.flush()

    @property
    def _line(self) -> str:
        return f"line {cast('LineReader', self.message_reader).number} of the input"

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check with the one place that knows the settings: texts from the environment are numbers there."""
        try:
            read_settings(MappingSettings, self._config)
        except SettingsError as error:
            if raise_errors:
                raise ConfigValidationError(str(error), errors=[str(error)]) from None
            return [str(error)]
        return []

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End between two messages: each is written as a whole."""
        del frame
        raise Terminated(signum)

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add nothing: stream maps and flattening belong to the tap and the target on both sides."""

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The command line; ``--input`` is read as bytes, as standard input is."""
        return with_binary_input(super().get_singer_command())

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        file_input: IO[Any] | None = None,
    ) -> None:
        """Run from the command line; a problem that a person can solve is one line and exit code 1."""
        if about:
            cls.print_about(about_format)
            return
        context, code = click.get_current_context(), 0
        try:
            mapper = cls(config=config.config if config else {}, parse_env_config=bool(config and config.parse_env))
            _ = mapper.options
            mapper.listen(file_input)
        except PROBLEMS as error:
            cls.logger.error("%s", one_line(error))  # noqa: TRY400 - a line for a person, no traceback
            code = 1
        except Terminated as stopped:
            code = 128 + stopped.signum
        context.exit(code)
