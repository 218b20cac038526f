"""A problem that a person can solve is one line on stderr and exit code 1, with no traceback and no row."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve
from confluence_sim.api.endpoint import Reply
from support.scripted_http import Said, scripted
from support.tap import Output, answering, command, config_file, pages_of, small_world, sync


def one_line(out: Output) -> str:
    """The only line of a failed run."""
    assert out.code == 1
    assert "Traceback" not in out.stderr
    assert out.stderr.count("\n") == 1, out.stderr
    assert [m for m in out.messages if m["type"] != "SCHEMA"] == []
    return out.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"api_token": "wrong-token-1234"}, "identity check"),
        ({"spaces": ["NOPE"]}, "no current space with key 'NOPE'"),
        ({"spaces": ["s0"]}, "did you mean 'S0'?"),
        ({"spacez": ["S0"]}, "unknown setting 'spacez'; did you mean 'spaces'?"),
        ({"api_token": None}, "email and api_token belong together"),
        ({"page_size": 251}, "page_size"),
        ({"base_url": None}, "base_url is missing"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    with serve(small_world(spaces=1, pages=1)) as site:
        out = command("--config", config_file(tmp_path, site, **settings))
    line = one_line(out)
    assert words in line
    assert "wrong-token-1234" not in line


def test_a_wrong_url_is_one_clear_line_that_names_it(tmp_path: Path) -> None:
    page = Said(404, b"<html>nothing here</html>", {"Content-Type": "text/html"})
    with serve(small_world(spaces=1, pages=1)) as site, scripted(lambda _: page) as elsewhere:
        out = command("--config", config_file(tmp_path, site, base_url=elsewhere.url))
    assert elsewhere.url in one_line(out)


def test_an_unreachable_host_is_one_clear_line_that_names_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with serve(small_world(spaces=1, pages=1)) as site:
            out = command("--config", config_file(tmp_path, site, base_url=url))
    assert url in one_line(out)
    assert out.stderr.rstrip().endswith("check base_url")


def test_a_dead_proxy_is_named_by_its_variable_alone(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        proxy = f"http://ada:proxy-word@127.0.0.1:{taken.getsockname()[1]}"
        with serve(small_world(spaces=1, pages=1)) as site:
            config = config_file(tmp_path, site, max_retries=0)
            out = command("--config", config, env={"HTTP_PROXY": proxy, "NO_PROXY": "", "no_proxy": ""})
    assert "check base_url and HTTP_PROXY" in one_line(out)
    assert "proxy-word" not in out.stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "was not found"), ("{oops", "not a JSON object (line 1)"), ("[1]", "not a JSON object")],
)
def test_a_configuration_that_cannot_be_read_is_one_clear_line(
    content: str | None, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "tap.json"
    if content is not None:
        file.write_text(content)
    line = one_line(command("--config", str(file)))
    assert str(file) in line
    assert reason in line


def test_a_misspelt_variable_of_the_environment_is_told(tmp_path: Path) -> None:
    with serve(small_world(spaces=1, pages=1)) as site:
        env = {"TAP_CONFLUENCE_SPACE": "S0", "TAP_CONFLUENCE__SELECT": "[]", "TAP_CONFLUENCE_LOGLEVEL": "INFO"}
        out = command("--config", config_file(tmp_path, site), "--plan", env=env)
    assert out.code == 0
    assert out.stderr.count("\n") == 1
    assert "TAP_CONFLUENCE_SPACE is not read; did you mean TAP_CONFLUENCE_SPACES?" in out.stderr


def test_a_folder_for_files_that_cannot_be_written_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    where = {"attachments_download": True, "attachments_directory": str(tmp_path / "file" / "bytes")}
    with serve(small_world(spaces=1, pages=1)) as site:
        out = command("--config", config_file(tmp_path, site, **where))
    assert "attachments_directory: " in one_line(out)
    assert list(site.requests) == []


def test_a_state_that_is_no_json_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{oops")
    with serve(small_world(spaces=1, pages=1)) as site:
        out = command("--config", config_file(tmp_path, site), "--state", str(tmp_path / "state.json"))
    assert "state.json" in one_line(out)


@pytest.mark.parametrize("torn", ["", '{"bookmarks": {"sp', '{"bookmarks": {"sp{"bookmarks": {"spac\n'])
def test_of_a_file_to_which_a_target_adds_the_last_whole_state_counts(torn: str, tmp_path: Path) -> None:
    kept = tmp_path / "state.jsonl"
    kept.touch()
    with serve(small_world(spaces=1, pages=3)) as site:
        config = config_file(tmp_path, site)
        first = command("--config", config, "--state", str(kept))
        states = [message["value"] for message in first.messages if message["type"] == "STATE"]
        kept.write_text("".join(f"{json.dumps(state)}\n" for state in ({}, *states)) + torn)
        second = command("--config", config, "--state", str(kept))
    assert len(first.of("pages")) == 4
    assert (second.code, second.content) == (0, [])


def test_what_meltano_prints_of_a_state_is_a_state_and_a_plan_knows_it(tmp_path: Path) -> None:
    kept = tmp_path / "state.json"
    with serve(small_world(spaces=1, pages=3)) as site:
        config = config_file(tmp_path, site)
        kept.write_text(json.dumps({"singer_state": command("--config", config).state}))
        fresh = command("--config", config, "--plan")
        known = command("--config", config, "--plan", "--state", str(kept))
        second = command("--config", config, "--state", str(kept))
    assert "the beginning" in fresh.stdout
    assert "the beginning" not in known.stdout
    assert (second.code, second.content) == (0, [])


def test_discovery_is_offline_and_needs_no_settings() -> None:
    out = command("--discover")
    assert out.code == 0


def test_a_whole_run_from_the_command_line_ends_with_a_summary(tmp_path: Path) -> None:
    with serve(small_world(spaces=1, pages=3)) as site:
        config = config_file(tmp_path, site)
        first = command("--config", config)
        (tmp_path / "state.json").write_text(json.dumps(first.state))
        second = command("--state", str(tmp_path / "state.json"), "--config", config)
    assert (first.code, second.code) == (0, 0)
    assert "pages 4, blogposts 1, attachments 3" in first.stderr
    assert second.content == []
    assert site.token not in first.stderr + second.stderr


def test_the_environment_and_the_file_give_the_same_rows(tmp_path: Path) -> None:
    with serve(small_world(spaces=2, pages=3)) as site:
        inside = sync(site, spaces=["S1"], page_size=7)
        env = {
            "TAP_CONFLUENCE_BASE_URL": site.url,
            "TAP_CONFLUENCE_EMAIL": site.email,
            "TAP_CONFLUENCE_API_TOKEN": site.token,
            "TAP_CONFLUENCE_SPACES": '["S1"]',
            "TAP_CONFLUENCE_PAGE_SIZE": "7",
            "TAP_CONFLUENCE_REQUESTS_PER_SECOND": "500.5",
        }
        out = command("--config=ENV", env=env)
    assert out.code == 0, out.stderr
    assert sorted(out.ids("pages")) == sorted(inside.ids("pages"))


def test_numbers_with_a_fraction_are_taken_from_a_file(tmp_path: Path) -> None:
    fractions = {"request_timeout": 2.5, "max_tombstone_share": 0.25, "requests_per_second": 500.5, "max_wait": 1.0}
    with serve(small_world(spaces=1, pages=1)) as site:
        out = command("--config", config_file(tmp_path, site, **fractions), "--plan", "json")
    assert out.code == 0, out.stderr


def test_a_longer_wait_than_max_wait_ends_the_run_with_what_was_read_so_far(tmp_path: Path) -> None:
    """It ends the run, not one walk: whoever said so would say it to every other question."""
    asked = []

    def busy(request: Any) -> Reply | None:
        if not request.path.endswith(("/pages", "/blogposts", "/attachments")):
            return None
        asked.append(request.path)
        return Reply({"message": "later"}, status=429, headers={"Retry-After": "7200"})

    world = small_world(spaces=8, pages=1)
    with serve(world) as site:
        first = sync(site)
        for page in pages_of(world, "S0"):
            world.edit(page, body="<p>new</p>")
        (tmp_path / "state.json").write_text(json.dumps(first.state))
        with answering(site, busy):
            config = config_file(tmp_path, site, max_retries=5, concurrency=1)
            out = command("--config", config, "--state", str(tmp_path / "state.json"))
    assert out.code == 1
    assert len(asked) == 1
    assert "more than max_wait" in out.stderr
    assert out.stderr.count("ERROR") <= 1
    assert out.messages[-1]["type"] == "STATE"
