"""``--plan`` and ``--test``: what a run would do, and whether it could."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import DataCenterSite, serve, serve_datacenter
from confluence_sim.site import Site
from support.tap import State, bookmark, busy_world, command, config_file, everything, small_world, sync
from tap_confluence.sync.parts import CONTENT
from tap_confluence.tap import TapConfluence


def test_the_plan_tells_spaces_intervals_strategies_and_costs_in_two_requests_and_a_count_each(
    tmp_path: Path,
) -> None:
    with serve(small_world(spaces=2)) as site:
        first = sync(site, spaces=["S0"])
        (tmp_path / "state.json").write_text(json.dumps(first.state))
        config = config_file(tmp_path, site)
        site.requests.clear()
        out = command("--plan", "json", "--state", str(tmp_path / "state.json"), "--config", config)
        assert len(site.requests) == 2 + len(("pages", "blogposts", "attachments"))
        table = command("--config", config, "--plan")
    assert out.code == 0, out.stderr
    assert table.code == 0, table.stderr


def test_the_json_plan_names_for_each_stream_and_space_from_when_it_is_read(tmp_path: Path) -> None:
    world = small_world(spaces=2)
    with serve(world) as site:
        first = sync(site, spaces=["S0"])
        (tmp_path / "state.json").write_text(json.dumps(first.state))
        out = command("--config", config_file(tmp_path, site), "--state", str(tmp_path / "state.json"), "--plan=json")
    plan = json.loads(out.stdout)
    old = next(s.id for s in world.spaces.values() if s.key == "S0")
    lines = {(line["stream"], line["space"]): line for line in plan["lines"]}
    assert [(space["key"], space["type"]) for space in plan["spaces"]] == [("S0", "global"), ("S1", "global")]
    assert lines["pages", "S0"]["start"] == bookmark(first.state, "pages", old)
    assert lines["pages", "S0"]["strategy"] == "incremental"
    assert lines["pages", "S1"]["start"] is None
    assert lines["pages", "S1"]["strategy"] == "first sync"
    assert plan["total"]["requests"] >= 2 + len(plan["costs"])


def test_the_table_is_for_people(tmp_path: Path) -> None:
    with serve(small_world(spaces=2)) as site:
        out = command("--config", config_file(tmp_path, site), "--plan", "table")
    assert "Space 1" in out.stdout
    assert "the beginning" in out.stdout
    assert "in all about" in out.stdout


def test_a_test_proves_identity_spaces_and_one_record_a_stream_in_a_few_requests(tmp_path: Path) -> None:
    with serve(small_world(spaces=3)) as site:
        out = command("--test", "--config", config_file(tmp_path, site))
        asked = len(site.requests)
    assert out.code == 0, out.stderr
    assert "3 spaces are in scope" in out.stderr
    assert [len(out.of(stream)) for stream in ("pages", "blogposts", "attachments")] == [1, 1, 1]
    assert asked <= 16


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize(
    ("size", "settings", "most"),
    [
        ((1000, 1), {}, 25),
        ((1000, 1), {"spaces": ["S999"]}, 15),
        ((3, 200), {"start_date": "2027-01-01"}, 40),
        ((20, 40), {"spaces": ["S1*"]}, 25),
    ],
)
def test_a_test_asks_a_few_requests_on_a_site_of_any_size(
    served: Any, size: tuple[int, int], settings: dict[str, Any], most: int, tmp_path: Path
) -> None:
    with served(small_world(*size, attachments=0)) as site:
        out = command("--test", "--config", config_file(tmp_path, site, **settings))
        asked = len(site.requests)
    assert out.code == 0, out.stderr
    assert len(out.of("pages")) == ("start_date" not in settings)
    assert asked <= most


def test_the_plan_tells_of_sets_and_full_tables_too(tmp_path: Path) -> None:
    with serve(busy_world()) as site:
        catalog = everything(TapConfluence(config=site.config))
        (tmp_path / "catalog.json").write_text(json.dumps(catalog))
        config = config_file(tmp_path, site)
        asked = ["--config", config, "--catalog", str(tmp_path / "catalog.json")]
        site.requests.clear()
        out = command(*asked, "--plan=json")
        assert len(site.requests) == 2 + len(CONTENT)
        table = command(*asked, "--plan")
    plan = json.loads(out.stdout)
    strategies = {(line["stream"], line["space"]): line["strategy"] for line in plan["lines"]}
    assert strategies["folders", "S0"] == "full table"
    assert strategies["content_labels", "S1"] == "all, written where changed"
    assert strategies["group_members", None] == "all, written where changed"
    assert strategies["inline_comments", "S0"] == "first sync"
    assert {cost["stream"] for cost in plan["costs"]} >= {"space_permissions", "content_versions", "tasks"}
    assert table.code == 0


def test_a_test_of_every_stream_reads_one_record_of_each(tmp_path: Path) -> None:
    with serve(busy_world()) as site:
        catalog = everything(TapConfluence(config=site.config))
        (tmp_path / "catalog.json").write_text(json.dumps(catalog))
        asked = ["--config", config_file(tmp_path, site), "--catalog", str(tmp_path / "catalog.json")]
        out = command(*asked, "--test")
        requests = len(site.requests)
    assert out.code == 0, out.stderr
    for stream in ("content_labels", "content_restrictions", "content_versions", "tasks", "folders", "footer_comments"):
        assert 1 <= len(out.of(stream)) <= 3, stream
    assert requests <= 70


def planned(folder: Path, site: Site | DataCenterSite, state: State | None = None, **settings: Any) -> dict[str, int]:
    """The total that a plan tells."""
    arguments = ["--config", config_file(folder, site, **settings), "--plan=json"]
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        arguments += ["--state", str(folder / "state.json")]
    out = command(*arguments)
    assert out.code == 0, out.stderr
    found: dict[str, int] = json.loads(out.stdout)["total"]
    return found


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_what_a_plan_costs_holds_within_a_fifth(served: Any, tmp_path: Path) -> None:
    world = small_world(spaces=6, pages=60, attachments=40)
    with served(world) as site:
        state = None
        for moment in ("a first sync", "nothing changed", "a sweep is due"):
            told = planned(tmp_path, site, state, page_size=10)
            before = len(site.requests)
            state = sync(site, state, page_size=10).state
            cost = len(site.requests) - before
            assert abs(told["requests"] - cost) <= max(0.2 * cost, 3), moment
            world.clock.advance(days=1 if moment == "a first sync" else 8)


def test_the_plan_begins_at_the_start_date_where_nothing_was_read(tmp_path: Path) -> None:
    with serve(small_world(spaces=2)) as site:
        config = config_file(tmp_path, site, start_date="2026-01-05T09:00:30Z")
        lines = json.loads(command("--config", config, "--plan=json").stdout)["lines"]
    assert {line["start"] for line in lines if line["stream"] == "pages"} == {"2026-01-05T09:00:30.000Z"}
