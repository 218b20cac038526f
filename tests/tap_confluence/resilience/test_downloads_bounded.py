"""Files come over few connections and are bounded in time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from confluence_sim import serve
from confluence_sim.api.endpoint import Reply
from support.running_tap import running
from support.tap import answering, pages_of, small_world, sync, truth


def test_twenty_files_take_few_connections_to_the_site_and_to_the_media_host(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=2, attachments=0)
    for n in range(20):
        world.attach(pages_of(world, "S0")[1], filename=f"f{n}.bin", data=b"x" * 100)
    ports: dict[str, set[str]] = {"site": set(), "media": set()}

    def seen_at(where: str) -> Any:
        return lambda request: ports[where].add(request.environ["REMOTE_PORT"])

    with serve(world) as site:
        site.media_url  # noqa: B018  # the media host is served when its address is first asked for
        with answering(site, seen_at("site")), answering(site.media, seen_at("media")):
            out = sync(site, attachments_download=True, attachments_directory=str(tmp_path), concurrency=2)
    assert all(row["content_path"] for row in out.of("attachments"))
    assert len(ports["site"]) <= 5
    assert len(ports["media"]) <= 4


def test_a_file_that_drips_is_given_up_and_named_and_fetched_when_it_comes(tmp_path: Path) -> None:
    """A file's whole time is bounded by ``request_timeout`` for each so many bytes, not by the silence between two."""
    world = small_world(spaces=1, pages=3, attachments=2)
    sick = list(truth(world, "attachments"))[1]
    files: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path / "files")}

    def deliver(handler: Any, packet: bytes) -> None:
        for at in range(len(packet)):
            handler.wfile.write(packet[at : at + 1])
            time.sleep(0.5)

    def drip(request: Any) -> Reply | None:
        if f"/attachments/{sick}/download" in request.path or f"/{sick}/download" in request.path:
            return Reply(b"x" * 10_000, media_type="application/octet-stream", deliver=deliver)
        return None

    with serve(world) as site:
        with answering(site, drip), running(tmp_path / "run", site, request_timeout=0.4, **files) as tap:
            first = tap.ended(within=60)
        assert sick in {row["id"] for row in first.of("sync_errors")}
        assert len([row for row in first.of("attachments") if row["content_path"]]) == 1
        assert not [path for path in (tmp_path / "files").rglob("*") if path.name.startswith(".part-")]
        world.clock.advance(days=2)
        second = sync(site, first.state, **files)
    assert [row["id"] for row in second.of("attachments") if row["content_path"]] == [sick]


def test_what_a_killed_download_left_behind_is_cleared_away(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=3, attachments=2)
    files: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path / "files")}

    def deliver(handler: Any, packet: bytes) -> None:
        for at in range(0, len(packet), 50):
            handler.wfile.write(packet[at : at + 50])
            time.sleep(0.05)

    def drip(request: Any) -> Reply | None:
        if "/binary" in request.path:
            return Reply(b"x" * 1_000_000, media_type="application/octet-stream", deliver=deliver)
        return None

    folder = tmp_path / "files"
    with serve(world) as site:
        site.media_url  # noqa: B018  # the media host is served when its address is first asked for
        with answering(site.media, drip), running(tmp_path / "run", site, **files) as tap:
            while not list(folder.rglob(".part-*")) and tap.alive:
                time.sleep(0.05)
            tap.process.kill()
            tap.process.wait()
        out = sync(site, **files)
    assert [row for row in out.of("attachments") if not row["content_path"]] == []
    assert list(folder.rglob(".part-*")) == []
