"""Lines on standard output are whole, however little it takes at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import singer_sdk.singerlib as singer
from support.narrow import Narrow
from support.target import BIN, Feed
from target_cdm_docs.singer.writer import LineWriter
from target_cdm_docs.target import write_state


@pytest.mark.parametrize("title", ["Plain", "half of a pair: \ud83d"])
def test_lines_are_whole_however_little_the_output_takes_at_once(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    out = Narrow()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=out))
    writer = LineWriter()
    for number in range(3):
        writer.write_message(singer.RecordMessage("pages", {"id": str(number), "title": title}))
    writer.write_message(singer.StateMessage({"bookmarks": {}}))
    write_state({"bookmarks": {"pages": {}}})
    *records, state, value = map(json.loads, out.taken.decode().splitlines())
    assert [record["record"] for record in records] == [{"id": str(n), "title": title} for n in range(3)]
    assert (state["type"], value) == ("STATE", {"bookmarks": {"pages": {}}})


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_mapper_that_is_told_to_stop_while_nobody_reads_ends_with_a_whole_line(
    how: int, unbuffered: str, tmp_path: Path
) -> None:
    feed = Feed().schema("pages", "id")
    for number in range(20):
        feed.page(number, body="<p>lamp</p>" * 20_000, body_format="storage")
    (tmp_path / "input.singer").write_text(feed.text)
    process = subprocess.Popen(
        [BIN / "map-cdm-docs", "--input", tmp_path / "input.singer"],
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        begun = os.read(process.stdout.fileno(), 1000)
        time.sleep(0.5)  # the pipe is full now, and the mapper waits in the middle of a line
        process.send_signal(how)
        lines = (begun + process.stdout.read()).splitlines(keepends=True)
    assert process.returncode == 128 + how
    assert all(json.loads(line) and line.endswith(b"\n") for line in lines)
    assert 0 < len(lines) < 20, "and it does not write on to the end"
