"""The walls between rooms, read from the imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TAP = ROOT / "tap-confluence" / "tap_confluence"
CORE = ROOT / "cdm-docs" / "cdm_docs"
TARGET = ROOT / "target-cdm-docs" / "target_cdm_docs"
SIM = ROOT / "confluence-sim" / "confluence_sim"

PURE = [
    *sorted(CORE.rglob("*.py")),
    *sorted((TAP / "normalise").rglob("*.py")),
    *(
        TAP / "sync" / name
        for name in ("parts.py", "rows.py", "timestamps.py", "planning/plan.py", "planning/preview.py")
    ),
    *(TAP / "api" / name for name in ("cql.py", "searches.py", "listing_limits.py")),
    *(TAP / "api" / "cloud" / name for name in ("addresses.py", "cursors.py", "listings.py", "offsets.py")),
    *(TAP / "api" / "data_center" / name for name in ("listings.py", "paging.py")),
]
IMPURE = {
    *("asyncio", "http", "io", "os", "pathlib", "random", "requests", "select", "shutil", "singer_sdk", "socket"),
    *("sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "duckdb", "psycopg", "sqlalchemy", "urllib3"),
}
PURE_DATETIME_CALLS = {"now", "utcnow", "today"}


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(folder: Path, forbidden: str) -> list[str]:
    """Return the modules below a folder that import a package or module."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted(folder.rglob("*.py"))
        for name in imports(path)
        if name == forbidden or name.startswith(f"{forbidden}.")
    ]


def test_the_tap_does_not_know_the_target_nor_the_target_the_tap() -> None:
    assert importers(TAP, "target_cdm_docs") == []
    assert importers(TARGET, "tap_confluence") == []


@pytest.mark.parametrize("package", ["tap_confluence", "target_cdm_docs", "singer_sdk", "duckdb", "psycopg"])
def test_the_pure_core_knows_neither_singer_nor_a_database_nor_who_uses_it(package: str) -> None:
    assert importers(CORE, package) == []


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_pure_rooms_import_nothing_that_touches_the_world(path: Path) -> None:
    touched = {name.split(".")[0] for name in imports(path)} & IMPURE
    assert touched == set()
    clocks = [
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in PURE_DATETIME_CALLS
    ]
    assert clocks == []


@pytest.mark.parametrize("module", ["duckdb", "psycopg"])
def test_a_database_is_known_in_stores_and_nowhere_else(module: str) -> None:
    outside = [line for line in importers(TARGET, module) if "/stores/" not in line]
    assert outside == []


@pytest.mark.parametrize("dialect", ["cloud", "data_center"])
def test_an_api_dialect_is_known_to_itself_and_where_one_is_chosen(dialect: str) -> None:
    outside = [
        line
        for line in importers(TAP, f"tap_confluence.api.{dialect}")
        if f"/api/{dialect}/" not in line and "/api/connect.py" not in line
    ]
    assert outside == []


SYNC = (
    *({"timestamps", "parts", "rows", "progress"}, {"state"}, {"selection"}, {"planning"}, {"failures"}, {"context"}),
    *({"identify", "files"}, {"walks"}, {"sets"}, {"sweep"}, {"people", "part_rows"}, {"run"}),
)
"""The rooms of the tap's sync, as CONTRIBUTING draws them: each knows those before it alone."""


@pytest.mark.parametrize("path", sorted((TAP / "sync").rglob("*.py")), ids=lambda path: str(path.relative_to(TAP)))
def test_a_room_of_the_sync_knows_those_before_it_alone(path: Path) -> None:
    name = path.relative_to(TAP / "sync").parts[0].removesuffix(".py")
    if name == "__init__":
        return
    floor = next(number for number, rooms in enumerate(SYNC) if name in rooms)
    known = {room for rooms in SYNC[:floor] for room in rooms} | {name}
    found = {each.split(".")[2] for each in imports(path) if each.startswith("tap_confluence.sync.")}
    assert found <= known, f"{path.name} knows {found - known}"


@pytest.mark.parametrize("package", [TAP, CORE, TARGET, SIM], ids=lambda path: str(path.name))
def test_no_modules_know_each_other_in_a_circle(package: Path) -> None:
    """Also not for the sake of types alone."""
    names = {
        ".".join((package.name, *path.relative_to(package).with_suffix("").parts)): path
        for path in package.rglob("*.py")
    }
    left = {name: {each for each in imports(path) if each in names} for name, path in names.items()}
    while free := {name for name, known in left.items() if not known & left.keys()}:
        left = {name: known for name, known in left.items() if name not in free}
    assert {name: known & left.keys() for name, known in left.items()} == {}


def test_nothing_but_tests_benchmarks_and_the_demo_imports_the_simulator() -> None:
    assert importers(TAP, "confluence_sim") == []
    assert importers(CORE, "confluence_sim") == []
    assert importers(TARGET, "confluence_sim") == []


def test_the_simulator_knows_neither_tap_nor_target() -> None:
    assert importers(SIM, "tap_confluence") == []
    assert importers(SIM, "cdm_docs") == []
    assert importers(SIM, "target_cdm_docs") == []


def test_the_walls_are_looked_for_where_the_rooms_are() -> None:
    assert all(path.is_file() for path in PURE)
    assert len(PURE) > 3
    assert set(sys.stdlib_module_names) >= {"socket", "subprocess", "time"}
