"""Running the real target and the real mapper: in this process by their command lines, or in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from cdm_docs.mapping.shapes import CORE
from singer_sdk.plugin_base import PluginBase
from support.console import Console
from target_cdm_docs.mapper import MapCdmDocs
from target_cdm_docs.target import TargetCdmDocs

BIN = Path(sys.executable).parent
Message = dict[str, Any]
PLUGINS: dict[str, type[PluginBase]] = {"target-cdm-docs": TargetCdmDocs, "map-cdm-docs": MapCdmDocs}


@dataclass
class Done:
    """What a run left behind on its pipes."""

    code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[Any]:
        """What it wrote: the target STATE values, the mapper messages."""
        return [json.loads(line) for line in self.stdout.split("\n") if line]

    @property
    def complaints(self) -> list[str]:
        """Lines about warnings and errors, without their time."""
        words = (line.split(" | ", 3) for line in self.stderr.splitlines())
        return [each[3] for each in words if len(each) == 4 and each[1].strip() in {"WARNING", "ERROR"}]

    @property
    def error(self) -> str:
        """The one line about the one error."""
        assert self.code == 1, self.stderr
        assert "Traceback" not in self.stderr, self.stderr
        (line,) = [line for line in self.stderr.splitlines() if "| ERROR " in line]
        return line.split(" | ", 3)[3]


@dataclass
class Feed:
    """Singer messages, in order."""

    messages: list[Message] = field(default_factory=list)

    def schema(self, stream: str, *keys: str, properties: Iterable[str] = ()) -> Feed:
        """Declare a stream; a known one with the fields without which it is refused."""
        names: dict[str, Any] = {name: {} for name in (*keys, *properties, *CORE.get(stream, ("cdm_id",)))}
        self.messages.append(
            {"type": "SCHEMA", "stream": stream, "schema": {"properties": names}, "key_properties": keys}
        )
        return self

    def record(self, stream: str, /, **record: Any) -> Feed:
        """Send a record."""
        self.messages.append({"type": "RECORD", "stream": stream, "record": record})
        return self

    def state(self, value: Any) -> Feed:
        """Send a STATE."""
        self.messages.append({"type": "STATE", "value": value})
        return self

    def page(self, number: int, **fields: Any) -> Feed:
        """Send a page with what a page needs."""
        record = {
            "id": str(number),
            "type": "page",
            "status": "current",
            "title": f"Page {number}",
            "space_id": "7",
            "version": 1,
            "updated_at": "2026-01-05T09:00:00.000Z",
            "observed_at": "2026-01-05T10:00:00.000Z",
            "body": f"<p>{number}</p>",
            "body_format": "storage",
        }
        return self.record("pages", **{**record, **fields})

    @property
    def text(self) -> str:
        """The lines."""
        return "".join(json.dumps(message) + "\n" for message in self.messages)


def run(plugin: str, folder: Path, text: str | bytes, **settings: Any) -> Done:
    """Run a plugin's command line in this process over these lines."""
    config, source = folder / "target-config.json", folder / "input.singer"
    config.write_text(json.dumps(settings))
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    arguments = ["--config", str(config), "--input", str(source)]
    console = Console()
    try:
        with console.listening():
            code = PLUGINS[plugin].cli.main(arguments, standalone_mode=False) or 0
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    return Done(code, console.out, console.err)


def load(folder: Path, feed: Feed | str | bytes, **settings: Any) -> Done:
    """Run the target over these lines."""
    return run("target-cdm-docs", folder, feed.text if isinstance(feed, Feed) else feed, **settings)


def mapped(folder: Path, feed: Feed | str | bytes, **settings: Any) -> Done:
    """Run the mapper over these lines."""
    return run("map-cdm-docs", folder, feed.text if isinstance(feed, Feed) else feed, **settings)


def command(plugin: str, *arguments: str, text: str | None = None, env: dict[str, str] | None = None) -> Done:
    """Run a plugin in a process of its own."""
    done = subprocess.run(
        [str(BIN / plugin), *arguments], input=text, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)
