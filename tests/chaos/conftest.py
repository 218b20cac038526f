"""Fixtures of the chaos tests."""

from __future__ import annotations

import pytest
from support.running_target import Rows, contents, lines_of, tale
from support.stores import Destination
from support.target import load


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The rows of a run of the whole tale to which nothing happened."""
    folder = tmp_path_factory.mktemp("undisturbed")
    destination = Destination("duckdb", f"duckdb:///{folder / 'cdm.duckdb'}")
    done = load(folder, lines_of(tale()), destination=destination.url)
    assert done.code == 0, done.stderr
    return contents(destination)
