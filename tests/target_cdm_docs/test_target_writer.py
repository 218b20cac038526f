"""Lines on standard output are whole, however little it takes at once."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
import singer_sdk.singerlib as singer
from target_cdm_docs.target import write_state
from target_cdm_docs.writer import LineWriter


class Narrow(io.RawIOBase):
    """An output without a buffer that takes a few bytes at a time, as a pipe does when signals come."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.taken += data[:7]
        return len(data[:7])


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
