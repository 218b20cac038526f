"""tap-confluence: the Singer plugin."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities

from tap_confluence.client.errors import ConfluenceConfigError, ConfluenceError
from tap_confluence.console import Console
from tap_confluence.declared import CONFIG_SCHEMA
from tap_confluence.log import keep_to_news
from tap_confluence.settings import Settings
from tap_confluence.streams.content import STREAMS, ConfluenceStream
from tap_confluence.streams.sdk import OrderedTap, OutputError, tell_totals
from tap_confluence.sync.state.form import unwrapped, well_formed

if TYPE_CHECKING:
    from tap_confluence.sync.run import Run

# What reads a site is imported where a run begins: a quarter of the time that --discover and --about take.

COLLECT_AFTER = (50_000, 20, 100)
"""Rows hold no cycles, so looking for some after every 700 objects finds nothing and takes a tenth of the time."""


class TapConfluence(OrderedTap):
    """Reads Atlassian Confluence, Cloud or Data Center: exact, incremental, in few requests."""

    name = "tap-confluence"
    package_name = "tap-confluence"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_SCHEMA
    order = tuple(stream.name for stream in STREAMS)
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    @cached_property
    def settings(self) -> Settings:
        """The configuration, checked."""
        return read_settings(self.config)

    @cached_property
    def run(self) -> Run:
        """This run: the credentials are proved and the spaces known when it is there."""
        run = self._open(self._read_anew())
        try:
            run.start()
        except BaseException:
            run.close()
            raise
        return run

    def _open(self, fresh: Sequence[str] = ()) -> Run:
        from tap_confluence.api.connect import connect  # noqa: PLC0415 - see above
        from tap_confluence.sync.run import Run  # noqa: PLC0415 - see above

        api = connect(self.settings)
        selected = [name for name, stream in self.streams.items() if stream.selected]
        try:
            return Run(api, self.settings, cast("dict[str, Any]", self._state), selected, fresh)
        except BaseException:
            api.close()
            raise

    def _read_anew(self) -> list[str]:
        """The streams that a catalog makes full tables; of those that are it anyway, the memory is more than that."""
        return [
            name
            for name, stream in self.streams.items()
            if stream.forced_replication_method == "FULL_TABLE"
            and isinstance(type(stream).replication_key, str)
            and name not in ("tombstones", "sync_errors")
        ]

    def rows(self, stream: str) -> Generator[list[dict[str, Any]], None, None]:
        """The records of a stream, out of this run."""
        return self.run.rows(stream)

    def snapshot(self) -> Mapping[str, Any]:
        """STATE, brought up to date."""
        if "run" in self.__dict__:
            self.run.pack()
        return super().snapshot()

    def discover_streams(self) -> list[ConfluenceStream]:
        """The streams; nothing is asked of the site."""
        return [stream(self) for stream in STREAMS]

    def sync_and_tell(self) -> int:
        """Run the whole sync, and say what it came to.

        Returns:
            The exit code: 1 when spaces could not be read, or more rows failed than ``max_failures`` allows.

        Raises:
            ConfluenceError: The run could not go on.
        """
        run = self.run
        try:
            with Console(run.progress.line, self.logger):
                self.sync_all()
            run.finish()
            self.write_state(force=True)
        except ConfluenceError:
            self.write_state(force=True)
            raise
        finally:
            run.close()
            if run.signal is not None:
                self.logger.info("told to stop by signal %d", run.signal)
            tell_totals(run.progress.figures())
            self.logger.info("%s", run.progress.summary())
        if run.failures.stopped:
            self.logger.warning("stopped early: %s; the next run goes on from here", run.failures.stopped)
        if run.failures.items > self.settings.max_failures:
            self.logger.error(
                "%d rows could not be read, max_failures allows %d: sync_errors names them, the next run tries again",
                run.failures.items,
                self.settings.max_failures,
            )
        return int(run.has_failed)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        try:
            read_settings(self._config)
        except ConfluenceConfigError as error:
            if raise_errors:
                raise ConfigValidationError(str(error), errors=[str(error)]) from None
            return [str(error)]
        return super()._validate_config(raise_errors=raise_errors)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Ask for nothing more; the writing thread then ends by itself, with a STATE that fits its records.

        Nothing here takes a lock, as logging does: the interrupted thread may hold it. The kernel sees to the rest: a
        second signal ends the process at once, and so does ``request_timeout`` where nobody reads what is written.
        """
        del frame
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        if "run" not in self.__dict__:
            sys.exit(128 + signum)
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, max(1.0, self.settings.request_timeout))
        self.run.interrupt(signum)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The command line, with ``--plan``, and ``--test`` as an option whose place does not matter."""
        command = super().get_singer_command()
        command.params = [option for option in command.params if option.name != "test"]
        command.params += [
            click.Option(
                ["--test"],
                is_flag=False,
                flag_value="all",
                type=click.Choice(["all", "schema"]),
                help="Prove the credentials and read one record a stream; --test=schema writes the schemas alone.",
            ),
            click.Option(
                ["--plan"],
                is_flag=False,
                flag_value="table",
                type=click.Choice(["table", "json"]),
                help="Show what a run would read, from when and at what cost; asks for identity and spaces alone.",
            ),
        ]
        return command

    @classmethod
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:
        """Print the catalog, without the SDK's chatter beside it."""
        if value:
            keep_to_news()
        super().cb_discover(ctx, param, value)

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        test: str | None = None,
        plan: str | None = None,
    ) -> None:
        """Run from the command line; a problem that a person can solve is one line and exit code 1."""
        if about:
            cls.print_about(about_format)
            return
        context = click.get_current_context()
        keep_to_news()
        if config is not None and not config.config and not config.parse_env and (unread := cls.left_unread()):
            cls.logger.error("%s", unread)
            context.exit(1)
        try:
            before = _json(state, "--state")
            with quiet(cls.logger):
                tap = cls(
                    config={**(config.config if config else {}), **({"max_pages": 1} if test else {})},
                    state=before and well_formed(unwrapped(before)),
                    catalog=_json(catalog, "--catalog"),
                    parse_env_config=bool(config and config.parse_env),
                )
            for typo in tap.typos():
                cls.logger.warning("%s", typo)
            code = tap.act(test, plan)
        except (ConfluenceError, ConfigValidationError) as error:
            cls.logger.error("%s", " ".join(str(error).split()))  # noqa: TRY400 - a line for a person, no traceback
            code = 1
        except (BrokenPipeError, OutputError) as error:
            why = "whoever reads this output has gone away" if isinstance(error, BrokenPipeError) else str(error)
            cls.logger.error("%s; the next run goes on from the last STATE that was kept", why)  # noqa: TRY400 - likewise
            _forget_stdout()
            code = 1
        context.exit(code)

    def act(self, test: str | None, plan: str | None) -> int:
        """Do what the command line asks for; returns the exit code.

        Raises:
            ConfluenceError: The run could not go on.
        """
        if test == "schema":
            self.write_schemas()
            return 0
        if plan:
            return self.show(plan)
        gc.set_threshold(*COLLECT_AFTER)
        if self.settings.attachments_download:
            make_folder(self.settings.attachments_directory or ".")
        with quiet(self.logger):
            run = self.run
        if test:
            who = run.identity.display_name or run.identity.account_id
            least = "" if run.scope.proof is not None else "at least "
            spaces = len(run.scope.spaces)
            self.logger.info("%s lets %s in; %s%d spaces are in scope", run.identity.site, who, least, spaces)
        return self.sync_and_tell()

    def show(self, form: str) -> int:
        """Print the plan of a run as ``table`` or ``json``; returns the exit code."""
        from tap_confluence.sync.planning.preview import as_json, as_table  # noqa: PLC0415 - see above

        with quiet(self.logger):
            run = self._open()
            try:
                shown = run.preview()
            finally:
                run.close()
        click.echo(as_json(shown) if form == "json" else as_table(shown))
        return 0


def read_settings(config: Mapping[str, Any]) -> Settings:
    """The settings of a configuration, the SDK's own ones aside.

    Raises:
        ConfluenceConfigError: Something is unknown, wrong, contradictory or missing.
    """
    builtin: dict[str, Any] = {"properties": {}}
    TapConfluence.append_builtin_config(builtin)
    own = {item.name for item in fields(Settings)}
    return Settings.from_config(config, also_known=[name for name in builtin["properties"] if name not in own])


def make_folder(path: str) -> None:
    """Make the folder for attachments before anything is asked for.

    Raises:
        ConfluenceConfigError: It cannot be made or written.
    """
    folder = Path(path).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise ConfluenceConfigError(f"attachments_directory: {folder} cannot be written ({error.strerror})") from None


class quiet:  # noqa: N801 - reads as a statement
    """Keep a logger to warnings inside a ``with``, so that an error stands alone."""

    def __init__(self, logger: logging.Logger) -> None:
        """Take the logger."""
        self._logger = logger
        self._level = logger.level

    def __enter__(self) -> None:
        self._logger.setLevel(logging.WARNING)

    def __exit__(self, *_: object) -> None:
        self._logger.setLevel(self._level)


def _forget_stdout() -> None:
    """Let nothing more go to a pipe that nobody reads: Python would stumble over it once more when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _json(file: IO[str] | None, option: str) -> dict[str, Any] | None:
    """The JSON object in a file; of a file of STATE as a target writes it, one on each line, the last whole one.

    Raises:
        ConfluenceConfigError: It holds something else.
    """
    if file is None:
        return None
    text = file.read()
    try:
        found = _decoded(text or "{}")
    except ValueError as error:
        lines = text.splitlines()
        if _object(lines[0]) is None:
            raise ConfluenceConfigError(f"{option} {file.name}: not JSON: {error}") from None
        found = next(each for each in map(_object, reversed(lines)) if each is not None)  # a kill may have torn one
    if not isinstance(found, dict):
        raise ConfluenceConfigError(f"{option} {file.name}: expected a JSON object")
    return found


def _decoded(text: str) -> Any:
    """What a JSON text says.

    Raises:
        ValueError: It is none.
    """
    import msgspec  # noqa: PLC0415 - the SDK has loaded it by now

    return msgspec.json.decode(text)


def _object(line: str) -> dict[str, Any] | None:
    """The JSON object on a line, if there is one."""
    try:
        found = _decoded(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
