"""The SDK's own suite for targets, in ``mode: raw``, on each destination; what was written is read back."""

from __future__ import annotations

import io
import json
import signal
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from singer_sdk.testing import get_target_test_class, suites, target_tests
from singer_sdk.testing.runners import TargetTestRunner
from singer_sdk.testing.suites import SingerTestSuite
from singer_sdk.testing.templates import TargetFileTestTemplate, TargetTestTemplate
from support.stores import Destination
from target_cdm_docs.target import TargetCdmDocs

Records = dict[str, list[Any]]
FAILING = {
    target_tests.TargetInvalidSchemaTest,
    target_tests.TargetRecordBeforeSchemaTest,
    target_tests.TargetRecordMissingKeyProperty,
}
"""Cases that end the run; nothing may be written by then."""


def cleaned(value: Any) -> Any:
    """A JSON value as every destination keeps it: NUL, which no text of PostgreSQL can hold, comes out as U+FFFD."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    return {name: cleaned(each) for name, each in value.items()} if isinstance(value, dict) else value


class Written:
    """What stands at a destination in raw mode: in a database the last record of each key, in files every record."""

    def __init__(self, database: Destination | None, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self.url = database.url if database else f"ndjson:///{folder}"

    def records(self) -> Records:
        found: Records = {}
        if self._database is None:
            for file in self._folder.glob("*/*.ndjson"):
                found[unquote(file.stem)] = [json.loads(line) for line in file.read_text().splitlines()]
        else:
            for row in self._database.rows("raw_record"):
                found.setdefault(row["stream"], []).append(row["record"])
        return {stream: ordered(records) for stream, records in found.items()}

    def expected(self, lines: str) -> Records:
        keys: dict[str, list[str]] = {}
        rows: dict[str, dict[str, Any]] = {}
        for number, line in enumerate(lines.splitlines()):
            message = cleaned(json.loads(line))
            if message["type"] == "SCHEMA":
                keys[message["stream"]] = message.get("key_properties", [])
            if message["type"] != "RECORD":
                continue
            stream, record = message["stream"], message["record"]
            key = json.dumps([record[name] for name in keys[stream]]) if keys[stream] else json.dumps(record)
            place = str(number) if self._database is None else key
            rows.setdefault(stream, {})[place] = record
        return {stream: ordered(records.values()) for stream, records in rows.items()}


def ordered(records: Any) -> list[Any]:
    return sorted(records, key=lambda record: json.dumps(record, sort_keys=True))


def reading_back(case: type[TargetTestTemplate]) -> type[TargetTestTemplate]:
    """The SDK's case, which must also have written what its input says."""

    class Reading(case):  # type: ignore[valid-type, misc]
        def validate(self) -> None:
            assert isinstance(self, TargetFileTestTemplate)
            lines = "" if case in FAILING else self.singer_filepath.read_text(encoding="utf-8")
            assert self.resource.records() == self.resource.expected(lines)

    return Reading


class Runner(TargetTestRunner):
    """Runs as the command line does, so that a run which fails lets go of its destination."""

    def _execute_sync(self, target: Any, target_input: Any, **_: Any) -> Any:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        with target_input, redirect_stdout(out), redirect_stderr(err):
            target.run_to_the_end(target_input)
        for stream in (out, err):
            stream.seek(0)
        return out, err


class EveryStateMessage(target_tests.TargetMultipleStateMessages):
    """The SDK leaves its case out of its suite: three of the five STATEs, as no drain of its own gives them.

    What it is about stands: with a transaction a record each STATE is passed on, in order, after what came before it.
    """

    def setup(self) -> None:
        self.runner.config["batch_size_rows"] = 1

    def test(self) -> None:
        self.runner.sync_all()
        lines = [json.loads(line) for line in self.singer_filepath.read_text(encoding="utf-8").splitlines()]
        states = [message["value"] for message in lines if message["type"] == "STATE"]
        assert self.runner.state_messages == states
        assert len(states) == 5


DEFINED = [
    case
    for case in vars(target_tests).values()
    if isinstance(case, type) and case.__module__ == target_tests.__name__ and issubclass(case, TargetTestTemplate)
]
"""Every case the SDK defines: also the two that it leaves out of its own list."""
FILES = [case for case in DEFINED if issubclass(case, TargetFileTestTemplate)]
OWN: dict[Any, type[TargetFileTestTemplate]] = {target_tests.TargetMultipleStateMessages: EveryStateMessage}
SUITE: SingerTestSuite[Any] = SingerTestSuite(
    kind="target",
    tests=[target_tests.TargetCliPrintsTest, *(reading_back(OWN.get(case, case)) for case in FILES)],
)
PLUGIN: Any = TargetCdmDocs
"""No ``Target`` of the SDK, whose cases it passes all the same."""
Base: Any = get_target_test_class(PLUGIN, custom_suites=[SUITE], include_target_tests=False)


class TestTargetCdmDocs(Base):  # type: ignore[misc]
    """All cases on DuckDB, PostgreSQL and files."""

    @pytest.fixture(params=["duckdb", "postgres", "ndjson"])
    def resource(self, request: pytest.FixtureRequest, tmp_path: Path) -> Written:
        if request.param == "ndjson":
            return Written(None, tmp_path / "runs")
        return Written(request.getfixturevalue(f"{request.param}_destination"), tmp_path)

    @pytest.fixture
    def runner(self, resource: Written) -> Iterator[TargetTestRunner]:
        handlers = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
        runner = Runner(PLUGIN, config={"destination": resource.url, "mode": "raw"})
        yield runner
        for number, handler in handlers:
            signal.signal(number, handler)


def test_no_case_of_the_sdk_is_left_out() -> None:
    assert {case.name for case in SUITE.tests} == {case.name for case in DEFINED}
    assert {case.name for case in suites.target_tests.tests} <= {case.name for case in SUITE.tests}
