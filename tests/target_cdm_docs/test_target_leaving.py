"""A target that cannot go on: under Meltano it reads its input to the end, and its cure is the last word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from target_cdm_docs.singer.leaving import read_to_the_end

MUCH = b'{"type": "STATE", "value": {}}\n' * 100_000
"""More than a pipe holds."""


@pytest.mark.parametrize("under_meltano", [True, False])
@pytest.mark.parametrize("how", ["no database", "a broken line"])
def test_under_meltano_the_tap_may_end_and_the_cure_is_the_last_line(
    how: str, under_meltano: bool, tmp_path: Path
) -> None:
    unreachable = "postgresql://ada@127.0.0.1:9/docs"
    destination = unreachable if how == "no database" else f"duckdb:///{tmp_path / 'a.duckdb'}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MELTANO_")}
    environment |= {"TARGET_CDM_DOCS_DESTINATION": destination}
    if under_meltano:
        environment["MELTANO_PROJECT_ROOT"] = str(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-m", "target_cdm_docs", "--config=ENV"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as target:
        assert target.stdin is not None
        assert target.stderr is not None
        broken = False
        try:
            target.stdin.write(b"{broken\n" + MUCH)
            target.stdin.close()
        except BrokenPipeError:
            broken = True
        said = target.stderr.read().decode().splitlines()
    assert target.returncode == 1
    assert broken != under_meltano
    cure = "check host, database" if how == "no database" else "line 1 of the input is not a JSON object"
    assert cure in said[-1], said
    assert ("the run ended at this" in said[-1]) == under_meltano
    assert "Traceback" not in "\n".join(said)


def test_a_tap_that_goes_on_and_on_is_left_after_a_while() -> None:
    out, into = os.pipe()
    with os.fdopen(out, "rb") as source, os.fdopen(into, "wb", buffering=0) as sink:
        sink.write(b"x" * 1000)
        assert read_to_the_end(source, seconds=0.05) == 1000
