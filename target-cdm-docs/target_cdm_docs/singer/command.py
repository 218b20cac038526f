"""The command line that the target and the mapper share."""

from __future__ import annotations

import gc
import logging
import os
import sys
from contextlib import suppress
from typing import IO, Any, ClassVar

import click
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.exceptions import ConfigValidationError, MissingKeyPropertiesError, RecordsWithoutSchemaException
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities
from singer_sdk.plugin_base import BaseSingerReader
from singer_sdk.singerlib.encoding.base import GenericSingerReader

from target_cdm_docs.losses import LossError
from target_cdm_docs.settings import MappingSettings, SettingsError, read_settings
from target_cdm_docs.singer.environment import left_unread, read_dotenv, typos_in
from target_cdm_docs.singer.leaving import is_under_meltano, read_to_the_end
from target_cdm_docs.singer.reader import BadLineError, LineReader
from target_cdm_docs.singer.termination import Terminated
from target_cdm_docs.singer.writer import OutputError

CHATTER = ("Skipping parse of env var", "Reader '%s' completed")
"""What the SDK says in every run and nobody needs."""


def is_news(record: logging.LogRecord) -> bool:
    """Return whether a line of the log is for a person; the rest is for whoever wants DEBUG."""
    if record.levelno != logging.INFO or not record.msg.startswith(CHATTER):
        return True
    record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


class CommandLine(BaseSingerReader):
    """Settings checked in one place, and one line and exit code 1 for a problem that a person can solve.

    Attributes:
        settings_class: What the configuration is read into.
        problems: Errors that are told in one line.
    """

    package_name = "target-cdm-docs"
    message_reader_class: type[GenericSingerReader[Any]] = LineReader
    capabilities: ClassVar[list[CapabilitiesEnum]] = [PluginCapabilities.ABOUT, PluginCapabilities.STRUCTURED_LOGGING]
    settings_class: ClassVar[type[MappingSettings]]
    problems: ClassVar[tuple[type[Exception], ...]] = (
        BadLineError,
        BrokenPipeError,
        ConfigValidationError,
        LossError,
        MissingKeyPropertiesError,
        OutputError,
        RecordsWithoutSchemaException,
        SettingsError,
    )

    def run_to_the_end(self, file_input: IO[Any] | None) -> int:
        """Read all input; returns the exit code."""
        self.listen(file_input)
        return 0

    def say_goodbye(self) -> None:
        """Have the last word on stderr, however the run ended."""

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check with the one place that knows the settings: texts from the environment are numbers there."""
        try:
            read_settings(self.settings_class, self._config)
        except SettingsError as error:
            if raise_errors:
                raise ConfigValidationError(str(error), errors=[str(error)]) from None
            return [str(error)]
        return []

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

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        """The settings in the environment; the SDK would look for a ``.env`` above its own files, and let that win."""
        return parse_environment_config(cls.config_jsonschema, cls._env_var_prefix, dotenv_path=os.devnull)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The command line; ``--input`` is read as bytes, as standard input is."""
        command = super().get_singer_command()
        command.help = cls.__doc__
        others = [option for option in command.params if option.name != "file_input"]
        source = click.Option(
            ["--input", "file_input"], help="Read messages from a file, not from standard input.", type=click.File("rb")
        )
        command.params = [*others, source]
        return command

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        file_input: IO[Any] | None = None,
    ) -> None:
        """Run from the command line."""
        if about:
            cls.print_about(about_format)
            return
        context, plugin, told = click.get_current_context(), None, ""
        cls.logger.addFilter(is_news)
        if closed := _closed(file_input):
            cls.logger.error("%s is closed: nothing can be read from it or written to it", closed)
            context.exit(1)
        gc.set_threshold(50_000, 50, 100)  # records and rows hold no cycles: looking for some took 7 % of a run
        try:
            plugin = cls(config=config.config if config else {}, parse_env_config=bool(config and config.parse_env))
            known = cls.config_jsonschema["properties"]
            for typo in typos_in(os.environ, known, cls._env_var_prefix):
                cls.logger.warning("%s", typo)
            asked = config is None or config.config or config.parse_env
            if not asked and (unread := left_unread(known, cls._env_var_prefix)):
                cls.logger.warning("%s", unread)
            code = plugin.run_to_the_end(file_input)
        except cls.problems as error:
            told = one_line(error)
            cls.logger.error("%s", told)  # noqa: TRY400 - a line for a person, no traceback
            code = 1
        except Terminated as stopped:
            code = 128 + stopped.signum
        if told and file_input is None and is_under_meltano(os.environ):
            with suppress(Terminated):
                if read_to_the_end(sys.stdin.buffer):
                    cls.logger.error("the run ended at this: %s", told)
        if plugin is not None:
            plugin.say_goodbye()
        context.exit(code)


def _closed(file_input: IO[Any] | None) -> str | None:
    """Name what whoever started this process has closed of what is needed."""
    if file_input is None and sys.stdin is None:
        return "standard input"
    return "standard output" if sys.stdout is None else None


def one_line(error: BaseException) -> str:
    """An error as a line for a person."""
    if isinstance(error, BrokenPipeError):
        return "whoever read the output went away"
    return " ".join(str(error).split())
