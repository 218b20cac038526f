"""The bytes of attachments: fetched once, whole, under names that hurt nobody, with credentials for the site alone."""

from __future__ import annotations

from gzip import compress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.api.endpoint import Reply
from support.tap import Output, answering, pages_of, small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceConfigError
from tap_confluence.sync.files import MOST_NAME_BYTES, safe_name

STREAMS = ("attachments", "sync_errors")


def fetched(out: Output) -> dict[str, tuple[str | None, str | None]]:
    return {row["id"]: (row["content_path"], row["content_sha256"]) for row in out.of("attachments")}


def with_files(folder: Path, **settings: Any) -> dict[str, Any]:
    return {
        "attachments_download": True,
        "attachments_directory": str(folder),
        "streams": STREAMS,
        **settings,
    }


def files_of(world: World) -> list[Any]:
    return [item for item in world.contents.values() if item.type == "attachment"]


def test_every_file_is_on_disk_with_its_bytes_and_its_hash(tmp_path: Path) -> None:
    world = small_world(spaces=2)
    world.attach(pages_of(world, "S0")[0], filename="big.bin", data=bytes(range(256)) * 9000)
    with serve(world) as site:
        out = sync(site, **with_files(tmp_path))
        media = list(site.media.requests)
    assert set(fetched(out)) == {item.id for item in files_of(world)}
    for item in files_of(world):
        path, digest = fetched(out)[item.id]
        assert path is not None
        assert Path(path).read_bytes() == item.data
        assert digest == sha256(item.data).hexdigest()
        assert Path(path).is_relative_to(tmp_path)
    assert not any(request.authorized for request in media), "no credentials to the media host"
    assert list(tmp_path.rglob(".part-*")) == []


def test_a_version_that_is_on_disk_is_not_fetched_again(tmp_path: Path) -> None:
    world = small_world(spaces=1)
    item = files_of(world)[1]
    with serve(world) as site:
        first = sync(site, **with_files(tmp_path))
        site.media.requests.clear()
        again = sync(site, **with_files(tmp_path))
        assert len(site.media.requests) == 0
        world.clock.advance(minutes=1)
        world.attach(world.contents[item.container_id], filename=item.title, data=b"new bytes")
        second = sync(site, first.state, **with_files(tmp_path))
        assert len(site.media.requests) == 1
    assert fetched(again) == fetched(first)
    path, digest = fetched(second)[item.id]
    assert Path(str(path)).read_bytes() == b"new bytes"
    assert digest == sha256(b"new bytes").hexdigest()


def test_large_files_and_other_types_are_left_out(tmp_path: Path) -> None:
    world = small_world(spaces=1, attachments=0)
    page = pages_of(world, "S0")[0]
    small = world.attach(page, filename="s.png", data=b"x" * 10, media_type="image/png")
    large = world.attach(page, filename="l.png", data=b"x" * 1000, media_type="image/png")
    other = world.attach(page, filename="o.zip", data=b"x", media_type="application/zip")
    with serve(world) as site:
        wishes = with_files(tmp_path, attachments_max_bytes=100, attachments_media_types=["image/*"])
        found = fetched(sync(site, **wishes))
    assert found[small.id][0] is not None
    assert found[large.id] == found[other.id] == (None, None)


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_file_that_cannot_be_fetched_is_an_error_row_and_fetched_by_the_next_run(tmp_path: Path, status: int) -> None:
    world = small_world(spaces=1)
    broken = files_of(world)[1]
    with serve(world) as site:

        def fail(request: Any) -> Reply | None:
            return Reply({"message": "no"}, status=status) if f"/{broken.id}/download" in request.path else None

        with answering(site, fail):
            first = sync(site, **with_files(tmp_path))
            second = sync(site, first.state, **with_files(tmp_path))
        third = sync(site, second.state, **with_files(tmp_path))
        fourth = sync(site, third.state, **with_files(tmp_path))
    assert fetched(first)[broken.id] == (None, None)
    assert [(row["id"], row["stage"]) for row in first.of("sync_errors")] == [(broken.id, "download")]
    assert [(row["id"], row["attempts"]) for row in second.of("sync_errors")] == [(broken.id, 2)]
    assert fetched(third)[broken.id][1] == sha256(broken.data).hexdigest()
    assert fourth.of("attachments") == []


def test_bytes_that_are_cut_off_are_never_taken_for_the_file(tmp_path: Path) -> None:
    world = small_world(spaces=1, attachments=0)
    item = world.attach(pages_of(world, "S0")[0], filename="a.bin", data=b"0123456789")
    with serve(world) as site:

        def cut(request: Any) -> Reply | None:
            return Reply(b"01234", media_type="application/octet-stream") if "/download" in request.path else None

        with answering(site, cut):
            out = sync(site, **with_files(tmp_path))
    assert fetched(out)[item.id] == (None, None)
    assert [row["stage"] for row in out.of("sync_errors")] == ["download"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_that_swells_when_it_is_unpacked_is_cut_off_at_the_size_of_its_row(tmp_path: Path) -> None:
    world = small_world(spaces=1, attachments=0)
    item = world.attach(pages_of(world, "S0")[0], filename="a.bin", data=b"0123456789")
    asked = []
    with serve(world) as site:

        def swell(request: Any) -> Reply | None:
            if "/download" not in request.path:
                return None
            asked.append(request.path)
            headers = {"Content-Encoding": "gzip"}
            return Reply(compress(bytes(50_000_000)), media_type="application/octet-stream", headers=headers)

        with answering(site, swell):
            out = sync(site, **with_files(tmp_path))
    (row,) = out.of("sync_errors")
    assert (row["id"], row["stage"]) == (item.id, "download")
    assert "larger than 10 bytes" in row["message"]
    assert len(asked) == 1, "asking again makes no file smaller"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_token_without_the_scope_for_downloads_ends_the_run_by_its_name(tmp_path: Path) -> None:
    world = small_world(spaces=1)
    with serve(world) as site:

        def refuse(request: Any) -> Reply | None:
            said = {"code": 401, "message": "Unauthorized; scope does not match"}
            return Reply(said, status=401) if "/download" in request.path else None

        with answering(site, refuse), pytest.raises(ConfluenceAuthError, match=r"readonly:content\.attachment"):
            sync(site, **with_files(tmp_path))


def test_a_directory_that_cannot_be_written_ends_the_run_by_the_name_of_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with serve(small_world(spaces=1)) as site, pytest.raises(ConfluenceConfigError, match="attachments_directory"):
        sync(site, **with_files(tmp_path / "file"))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("plain.txt", "plain.txt"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "_"),
        ("", "_"),
        (None, "_"),
        ("con.txt", "_con.txt"),
        ("a\x00b\nc.txt", "a_b_c.txt"),
        ("C:\\x\\y.exe", "C__x_y.exe"),
        ("rtl\u202egpj.exe", "rtl_gpj.exe"),
        ("Zürich €.pdf", "Zürich €.pdf"),
    ],
)
def test_a_title_becomes_a_name_that_stays_in_its_directory(title: str | None, name: str) -> None:
    assert safe_name(title) == name


@pytest.mark.parametrize("title", ["x" * 500 + ".txt", "é" * 400 + ".pdf", "a." + "b" * 400])
def test_a_long_title_is_cut_and_keeps_its_ending(title: str) -> None:
    name = safe_name(title)
    assert len(name.encode()) <= MOST_NAME_BYTES
    ending = title.rpartition(".")[2]
    assert name.endswith(f".{ending}") or len(ending) > 100
