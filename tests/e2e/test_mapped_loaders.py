"""The views of examples/behind-the-mapper over what real loaders of others keep: ``docs/mapper.md``."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from confluence_sim import World, serve
from support.meltano import ROOT, clean_environment
from support.stores import Destination
from support.tap import busy_world, everything, pages_of, sync
from support.target import load, mapped
from tap_confluence.tap import TapConfluence

PAGE = ROOT / "docs" / "mapper.md"
VIEWS = (ROOT / "examples" / "behind-the-mapper" / "current.sql").read_text(encoding="utf-8").split(";\n\n")
LOADERS = ROOT / ".meltano" / "loaders"
QUESTIONS = {
    "items": "SELECT cdm_id, title, status, space_cdm_id, parent_item_cdm_id, deleted_reason FROM {items}",
    "links": "SELECT l.cdm_id FROM {links} l JOIN {items} i ON i.cdm_id = from_item_cdm_id WHERE i.deleted_at IS NULL",
    "access": "SELECT cdm_id FROM {access}",
}
LABELS = (
    "SELECT item_cdm_id, array_agg(value) FROM cdm_current_facet WHERE kind = 'label' AND value IS NOT NULL GROUP BY 1"
)
OURS = {"items": "cdm_doc_item", "links": "cdm_doc_link", "access": "cdm_doc_access"}
THEIRS = {"items": "cdm_current_item", "links": "cdm_current_link", "access": "cdm_current_access"}

Ask = Callable[[str], Collection[tuple[Any, ...]]]


def nights(world: World) -> list[Callable[[], None]]:
    """What people do between the runs: the first run sees nothing of it."""
    pages = pages_of(world, "S0")
    space = world.spaces[pages[0].space_id]
    guest = world.create_user(display_name="A guest")

    def first() -> None:
        world.edit(
            pages[0],
            body='<p><ac:link><ri:page ri:content-title="Page 0.1"/></ac:link> <a href="https://a.example/">a</a></p>',
        )
        world.label(pages[1], "green")
        world.label(pages[1], "blue")
        world.create_page(space, title="Short-lived", body="<p>x</p>")
        world.permit(space, guest)
        world.permit(space, guest, "delete")

    def second() -> None:
        world.edit(pages[0], body="<p>No links any more.</p>")
        world.unlabel(pages[1], "green")
        world.unlabel(pages[2], "red")
        world.trash(next(each for each in pages_of(world, "S0") if each.title == "Short-lived"))
        world.move(pages[3], parent=pages[1])
        world.forbid(space, guest, "delete")

    def third() -> None:
        world.trash(pages[4])
        world.edit(pages[1], title="Another name")

    return [first, second, third]


def answers(ask: Ask, names: dict[str, str]) -> dict[str, set[tuple[Any, ...]]]:
    return {name: set(ask(question.format_map(names))) for name, question in QUESTIONS.items()}


def tags(rows: Collection[tuple[Any, ...]]) -> dict[str, list[str]]:
    """Labels by item, where there are any."""
    told = {item: json.loads(value) if isinstance(value, str) else value for item, value in rows}
    return {item: sorted(label.strip('"') for label in labels) for item, labels in told.items() if labels}


@pytest.fixture
def loader(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Callable[[str], None], Callable[[str], Any]]:
    """A loader of others: what takes the mapper's lines, and what answers questions about what it keeps."""
    if request.param == "target-postgres":
        destination: Destination = request.getfixturevalue("postgres_destination")
        config: dict[str, Any] = {
            "sqlalchemy_url": destination.url.replace("postgresql:", "postgresql+psycopg2:"),
            "default_target_schema": "theirs",
        }

        def ask(question: str) -> Any:
            with psycopg.connect(destination.url, autocommit=True) as connection:
                connection.execute("SET search_path TO theirs")
                cursor = connection.execute(question)
                return cursor.fetchall() if cursor.description else []
    else:
        (tmp_path / "lines").mkdir()
        config = {"destination_path": str(tmp_path / "lines"), "do_timestamp_file": False}
        (recipe,) = re.findall(r"^    CREATE TABLE.*?;$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        recipe = recipe.replace("output/", f"{tmp_path}/lines/").replace("CREATE TABLE", "CREATE OR REPLACE TABLE")
        views: list[str] = []

        def ask(question: str) -> Any:
            if question.startswith("CREATE VIEW"):
                views.append(question)
                return []
            with duckdb.connect() as connection:
                for file in (tmp_path / "lines").iterdir():
                    connection.execute(recipe.replace("cdm_doc_item", file.stem))
                for view in views:
                    connection.execute(view)
                return connection.execute(question).fetchall()

    (tmp_path / "loader.json").write_text(json.dumps(config))
    program = LOADERS / str(request.param) / "venv" / "bin" / str(request.param)

    def take(lines: str) -> None:
        done = subprocess.run(
            [program, "--config", tmp_path / "loader.json"],
            input=lines,
            env=clean_environment({}),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr

    return take, ask


@pytest.mark.chaos
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("loader", ["target-postgres", "target-jsonl"], indirect=True)
def test_views_over_mapped_tables_tell_what_our_target_holds_after_every_run(
    tmp_path: Path, loader: tuple[Callable[[str], None], Ask]
) -> None:
    take, ask = loader
    world = busy_world()
    ours = f"duckdb:///{tmp_path}/ours.duckdb"
    state = None
    with serve(world) as site:
        for number, night in enumerate(nights(world)):
            night()
            world.clock.advance(hours=8)
            catalog = everything(TapConfluence(config=site.config))
            out = sync(site, state, catalog=catalog, deletion_detection="every_sync", max_tombstone_share=1.0)
            state = out.state
            lines = "".join(json.dumps(message) + "\n" for message in out.messages)
            assert load(tmp_path, lines, destination=ours).code == 0
            through = mapped(tmp_path, lines, chunks_enabled=True)
            assert through.code == 0, through.stderr
            take(through.stdout)
            if number == 1:  # all tables are there
                for view in VIEWS:
                    ask(view[view.index("CREATE VIEW") :])
            if number:
                with duckdb.connect(f"{tmp_path}/ours.duckdb", read_only=True) as database:
                    expected = answers(lambda question: database.execute(question).fetchall(), OURS)
                    told = tags(database.execute("SELECT cdm_id, tags FROM cdm_doc_item").fetchall())
                assert answers(ask, THEIRS) == expected
                assert tags(ask(LABELS)) == told
                assert all(expected.values())
                assert told
    stale = set(ask("SELECT cdm_id FROM cdm_doc_link")) - set(ask("SELECT cdm_id FROM cdm_current_link"))
    assert stale
    assert set(ask("SELECT cdm_id FROM cdm_doc_access")) - set(ask("SELECT cdm_id FROM cdm_current_access"))
