"""The fast path of writing, and that it gives way where a user configures something."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from confluence_sim import serve
from confluence_sim.api.endpoint import Reply
from confluence_sim.site import Site
from support.narrow import Narrow
from support.tap import Output, answering, parse, small_world, sync
from tap_confluence.streams.sdk import FastStream, Writer
from tap_confluence.tap import TapConfluence


def catalog(site: Site) -> dict[str, Any]:
    return json.loads(json.dumps(TapConfluence(config=site.config).catalog_dict))  # type: ignore[no-any-return]


def lines(out: Output) -> list[tuple[str, dict[str, Any]]]:
    volatile = ("observed_at",)
    return [
        (m["stream"], {name: value for name, value in m["record"].items() if name not in volatile})
        for m in out.messages
        if m["type"] == "RECORD"
    ]


def test_the_fast_path_writes_what_the_sdk_would_write(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(small_world(spaces=1, pages=4)) as site:
        fast = sync(site)
        monkeypatch.setattr(FastStream, "_is_plain", lambda _: False)
        slow = sync(site)
    assert lines(fast) == lines(slow)
    assert lines(fast)


def test_a_catalog_as_discovered_keeps_the_fast_path_and_all_fields() -> None:
    with serve(small_world(spaces=1, pages=4)) as site:
        assert lines(sync(site, catalog=catalog(site))) == lines(sync(site))


def test_a_deselected_property_is_left_out() -> None:
    with serve(small_world(spaces=1, pages=4)) as site:
        chosen = catalog(site)
        pages = next(entry for entry in chosen["streams"] if entry["tap_stream_id"] == "pages")
        for entry in pages["metadata"]:
            if entry["breadcrumb"] == ["properties", "body"]:
                entry["metadata"]["selected"] = False
        out = sync(site, catalog=chosen)
    assert out.of("pages")
    assert all("body" not in record for record in out.of("pages"))
    assert all("raw" in record for record in out.of("pages"))


def test_a_deselected_stream_is_neither_read_nor_written() -> None:
    with serve(small_world(spaces=1, pages=4)) as site:
        out = sync(site, streams=["spaces", "pages"])
        assert not [r for r in site.requests if r.path.endswith(("/attachments", "/blogposts"))]
    assert {m["stream"] for m in out.messages if m["type"] == "SCHEMA"} == {"spaces", "pages"}


def test_stream_maps_are_honoured() -> None:
    with serve(small_world(spaces=1, pages=4)) as site:
        out = sync(site, stream_maps={"pages": {"title": "title.upper()", "body": None}})
    assert {record["title"] for record in out.of("pages")} >= {"PAGE 0.0", "PAGE 0.3"}
    assert all("body" not in record for record in out.of("pages"))


def test_the_streams_run_in_the_order_of_the_contract() -> None:
    with serve(small_world(spaces=1, pages=2)) as site:
        out = sync(site)
    seen = list(dict.fromkeys(m["stream"] for m in out.messages if m["type"] == "SCHEMA"))
    assert seen[:4] == ["spaces", "pages", "blogposts", "attachments"]


def test_lines_are_whole_however_little_the_output_takes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Narrow()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=out))
    writer = Writer()
    writer.write_line(b'{"type":"RECORD","stream":"pages","record":{"id":"1"}}\n')
    writer.write_state(lambda: {"bookmarks": {}}, force=True)
    assert [message["type"] for message in parse(out.taken.decode())] == ["RECORD", "STATE"]


def test_every_record_has_exactly_the_fields_of_its_schema() -> None:
    with serve(small_world(spaces=1, pages=4)) as site:
        out = sync(site)
    schemas = {m["stream"]: set(m["schema"]["properties"]) for m in out.messages if m["type"] == "SCHEMA"}
    for message in out.messages:
        if message["type"] == "RECORD":
            assert set(message["record"]) == schemas[message["stream"]]


def test_a_lone_surrogate_in_a_title_does_not_stop_the_run() -> None:
    world = small_world(spaces=1, pages=3)
    page = next(c for c in world.contents.values() if c.type == "page")
    page.versions[-1].body = "<p>broken SURROGATE text</p>"
    with serve(world) as site:
        answer = site.answer

        def spoil(request: Any) -> Reply:
            reply = answer(request)
            return replace(reply, body=json.dumps(reply.body).replace("SURROGATE", "\\ud800"))

        with answering(site, spoil):
            out = sync(site, streams=["pages"])
    assert len(out.ids("pages")) == 4
    assert next(r["body"] for r in out.of("pages") if r["id"] == page.id).startswith("<p>broken ")
