"""The command ``confluence-sim``."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from confluence_sim.clock import Clock
from confluence_sim.datacenter import DataCenterSite, serve_datacenter
from confluence_sim.faults import KINDS, parse_fault
from confluence_sim.faults.parse import READERS
from confluence_sim.folder import load_folder
from confluence_sim.server import serve
from confluence_sim.site import EMAIL, TOKEN, Site
from confluence_sim.switch_text import parse_switch
from confluence_sim.switches import Switches
from confluence_sim.world import World


def moment(text: str) -> str:
    """Check an RFC 3339 moment.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        return Clock(text).now()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no RFC 3339 moment such as 2026-01-05T09:00:00Z") from None


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    commands = argparse.ArgumentParser(
        prog="confluence-sim",
        description="A Confluence that runs on a laptop. Without --pages it serves a sample site.",
        epilog="Stop it with Ctrl-C. Nothing is kept: the next start is a fresh world.",
    )
    commands.add_argument("--version", action="version", version=f"%(prog)s {version('confluence-sim')}")
    commands.add_argument(
        "--port", type=int, default=8090, help="port to listen on; 0 takes a free one (default: 8090)"
    )
    commands.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    commands.add_argument("--email", default=EMAIL, help=f"e-mail address that may log in (default: {EMAIL})")
    commands.add_argument("--token", default=TOKEN, help="its API token (default: a made-up one)")
    commands.add_argument(
        "--auth",
        choices=("basic", "scoped", "oauth", "service", "service-oauth"),
        default="basic",
        help="which settings to print: e-mail and token for the site; or for the gateway a scoped token, an OAuth app, "
        "a service account's token or its client credentials",
    )
    commands.add_argument(
        "--data-center",
        metavar="CONTEXT",
        help="be a Data Center below this path, such as /confluence (or / for the host's root), for --token as a PAT",
    )
    commands.add_argument("--pages", type=Path, metavar="DIR", help="serve DIR/*.storage.xhtml as the space PAGES")
    commands.add_argument("--now", type=moment, metavar="TIME", help="stop the world's clock at this RFC 3339 moment")
    commands.add_argument(
        "--fault",
        type=parse_fault,
        action="append",
        default=[],
        metavar="NAME[:key=value,...]",
        help=f"what goes wrong; may be repeated; keys: {', '.join(READERS)}; names: {', '.join(KINDS)}",
    )
    commands.add_argument(
        "--switch",
        type=parse_switch,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="how Confluence behaves where the sources are silent; may be repeated; names: "
        + ", ".join(field.name for field in fields(Switches)),
    )
    return commands


def fill(world: World, site: Site | DataCenterSite, pages: Path | None) -> None:
    """Fill a world that is served: with a folder of pages, or the sample site.

    Raises:
        FileNotFoundError: the folder holds no pages.
    """
    with world.lock:  # who asks before it is ready waits
        if pages is not None:
            load_folder(world, pages)
        else:
            from confluence_sim.content import build_sample_site  # noqa: PLC0415  # read only by who serves it

            own: dict[str, Any] = {}
            if isinstance(site, DataCenterSite):
                own = {"context": site.context, "data_center": True}
            build_sample_site(world, site.url, **own)


@contextmanager
def opened(world: World, given: Namespace) -> Iterator[tuple[Site | DataCenterSite, dict[str, Any]]]:
    """Serve a world as the command line asks for; yield the site and the settings with which a client reads it."""
    place: dict[str, Any] = {"port": given.port, "host": given.host, "token": given.token, "faults": given.fault}
    if given.data_center is not None:
        with serve_datacenter(world, context=given.data_center.rstrip("/"), **place) as site:
            yield site, {**site.config, **site.basic_config}
        return
    with serve(world, email=given.email, **place) as cloud:
        yield (
            cloud,
            cloud.config
            if given.auth == "basic"
            else cloud.gateway_config(oauth=given.auth.endswith("oauth"), service=given.auth.startswith("service")),
        )


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted and return the exit code."""
    given = parser().parse_args(arguments)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    try:
        world = World(Clock(given.now))
        for name, value in given.switch:
            setattr(world.switches, name, value)
        with opened(world, given) as (site, settings):
            fill(world, site, given.pages)
            pages = sum(content.type == "page" for content in world.contents.values())
            for setting, value in settings.items():
                print(f"{setting:<{max(map(len, settings))}} {value}")  # noqa: T201  # a command line talks
            print(f"ready: {len(world.spaces)} spaces, {pages} pages; Ctrl-C stops it", flush=True)  # noqa: T201
            stop.wait()
            totals = site.totals
    except (OSError, ValueError) as error:
        print(f"confluence-sim: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"stopped after {totals.requests} requests, {totals.rows} rows", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
