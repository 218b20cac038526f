"""The bytes of files: bounded in time and size, over one connection, and nothing left lying about."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.api.endpoint import Reply
from confluence_sim.site import Site
from support.scripted_http import Asked, HandClock, Said, Scripted, scripted
from support.tap import BIN, answering, config_file, pages_of, small_world, sync
from support.transport import asking
from tap_confluence.client import download as module
from tap_confluence.client.credentials.auth import Basic
from tap_confluence.client.download import download
from tap_confluence.client.errors import ConfluenceServerError
from tap_confluence.client.transport import Request, Transport

BYTES = {"Content-Type": "application/octet-stream"}
FILE = b"0123456789" * 1000


@contextmanager
def transport(url: str, **options: Any) -> Iterator[Transport]:
    made = Transport(url + "/wiki", Basic("a", "b"), asking(max_retries=0, **options), clock=HandClock())
    yield made
    made.close()


def fetched(site: Transport, max_bytes: int | None = None) -> bytes:
    took: list[bytes] = []

    def begin() -> Callable[[bytes], object]:
        took.clear()
        return took.append

    download(site, Request(path="/d", what="downloading"), begin, max_bytes=max_bytes)
    return b"".join(took)


@pytest.mark.parametrize("moved", [b"", b'{"message": "moved"}', b"x" * 5000])
def test_files_that_lie_elsewhere_are_fetched_over_one_connection_to_the_site(moved: bytes) -> None:
    with scripted(lambda _: Said(body=FILE, headers=BYTES)) as media:
        there = {"Location": f"{media.url}/file"}
        with scripted(lambda _: Said(302, moved, there)) as site, transport(site.url) as client:
            assert [fetched(client) for _ in range(20)] == [FILE] * 20
            assert (len(site.connections), len(media.connections)) == (1, 1)


def test_a_file_that_drips_is_given_up_and_one_that_is_merely_slow_is_not() -> None:
    class Ticking(HandClock):
        """Each look at the clock takes a while, as each byte does."""

        def monotonic(self) -> float:
            self.now += 0.5
            return self.now

    with scripted(lambda _: Said(body=FILE, headers=BYTES, pause=0.0001)) as site:
        client = Transport(
            site.url + "/wiki", Basic("a", "b"), asking(max_retries=0, request_timeout=2), clock=Ticking()
        )
        with pytest.raises(ConfluenceServerError, match="too slowly"):
            fetched(client)
        client.close()
    large = b"x" * 20_000_000
    with scripted(lambda _: Said(body=large, headers=BYTES)) as site:
        client = Transport(
            site.url + "/wiki", Basic("a", "b"), asking(max_retries=0, request_timeout=2), clock=Ticking()
        )
        assert len(fetched(client)) == len(large)
        client.close()


def test_a_file_of_a_size_that_nobody_tells_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(lambda _: Said(body=FILE, headers=BYTES, measured=False)) as site, transport(site.url) as client:
        assert fetched(client) == FILE
        monkeypatch.setattr(module, "MOST_FILE_BYTES", 5000)
        with pytest.raises(ConfluenceServerError, match="larger than 5000 bytes"):
            fetched(client)
    with scripted(lambda _: Said(body=FILE, headers=BYTES)) as site, transport(site.url) as client:
        assert fetched(client) == FILE, "the server tells"


def world_of_one() -> tuple[World, Any]:
    world = small_world(spaces=1, pages=3, attachments=0)
    return world, world.attach(pages_of(world, "S0")[0], filename="big.bin", data=FILE)


@contextmanager
def dripping(site: Site) -> Iterator[Scripted]:
    """A media host that takes a day for a file."""

    def drip(_: Asked) -> Said:
        return Said(body=FILE, headers=BYTES, pause=0.2)

    with scripted(drip) as media:

        def there(request: Any) -> Reply | None:
            moved = {"Location": f"{media.url}/file?token=1"}
            return Reply("", status=302, headers=moved) if request.path.endswith("/download") else None

        with answering(site, there):
            yield media


def started(folder: Path, site: Site, media: Scripted, **settings: Any) -> subprocess.Popen[bytes]:
    """A tap in the middle of a download."""
    wishes = {"attachments_download": True, "attachments_directory": str(folder / "files"), **settings}
    arguments = [str(BIN / "tap-confluence"), "--config", config_file(folder, site, **wishes)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not media.asked:
        assert process.poll() is None
        time.sleep(0.01)
    return process


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_that_drips_is_an_error_row_and_the_run_goes_on(tmp_path: Path) -> None:
    world, item = world_of_one()
    with serve(world) as site, dripping(site):
        wishes: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path)}
        out = sync(site, request_timeout=0.3, **wishes)
    assert [(row["id"], row["stage"]) for row in out.of("sync_errors")] == [(item.id, "download")]
    assert "too slowly" in out.of("sync_errors")[0]["message"]
    assert files_in(tmp_path) == []


def test_a_signal_is_heard_while_a_file_drips(tmp_path: Path) -> None:
    world, _ = world_of_one()
    with serve(world) as site, dripping(site) as media:
        process = started(tmp_path, site, media, request_timeout=600)
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(60) == 1
        finally:
            process.kill()
    assert files_in(tmp_path / "files") == []


def test_what_a_killed_run_left_of_a_file_is_removed_by_the_next_but_not_what_another_is_fetching(
    tmp_path: Path,
) -> None:
    world, item = world_of_one()
    wishes: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path / "files")}
    with serve(world) as site:
        with dripping(site) as media:
            process = started(tmp_path, site, media)
            beside = sync(site, attachments_media_types=["no/such"], **wishes)
            assert beside.code == 0
            assert len(files_in(tmp_path / "files")) == 2, "the part and the lock of the run that lives"
            process.kill()
            process.wait()
        assert len(files_in(tmp_path / "files")) == 2
        out = sync(site, **wishes)
    (row,) = out.of("attachments")
    assert row["content_sha256"] == sha256(item.data).hexdigest()
    assert files_in(tmp_path / "files") == [Path(row["content_path"])]
