"""Texts with people's names and other pages' text put in, on both databases."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from cdm_docs.content.chunks.chunks import chunk
from cdm_docs.content.read import read
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from generate import ROOT
from support.access import texts
from support.stores import Destination
from support.tap_records import OPTIONS, told

REAL = replace(OPTIONS, read=read, chunk=chunk, chunks_enabled=True)


def rows(stream: str, options: Any = REAL, **changed: Any) -> CdmRows:
    return map_record(stream, told(stream, **changed), options)


SPACE = rows("spaces")


def page(number: int, body: str, version: int = 1, options: Any = REAL, **more: Any) -> CdmRows:
    title = more.pop("title", f"Page {number}")
    fixed = {"id": str(number), "title": title, "body": body, "body_format": "storage", "version": version}
    when = f"2026-01-0{version}T00:00:00.000Z"
    return rows("pages", options, **{**fixed, "updated_at": when, "observed_at": when, "parent_id": None, **more})


def user(account_id: str, name: str | None, day: int = 1) -> CdmRows:
    return rows("users", account_id=account_id, display_name=name, observed_at=f"2026-02-0{day}T00:00:00.000Z")


def who(account_id: str, body: str = "") -> str:
    return f'<ac:link><ri:user ri:account-id="{account_id}"/>{body}</ac:link>'


def shows(number: int, macro: str = "include", parameters: str = "") -> str:
    link = f'<ac:parameter ac:name=""><ac:link><ri:page ri:content-title="Page {number}"/></ac:link></ac:parameter>'
    return f'<ac:structured-macro ac:name="{macro}">{link}{parameters}</ac:structured-macro>'


def item(number: int) -> str:
    return f"cdm:doc:item:acme:{number}"


def text_of(destination: Destination, number: int, source: str = "cdm_doc_text") -> Any:
    found = destination.query(f"SELECT text FROM {source} WHERE item_cdm_id = '{item(number)}'")
    return found[0]["text"] if found else None


def full(destination: Destination, *numbers: int) -> dict[int, str]:
    found = destination.query(f"SELECT * FROM cdm_doc_full_text({texts([item(each) for each in numbers])})")
    assert len(found) == len({row["item_cdm_id"] for row in found})
    return {int(row["item_cdm_id"].rpartition(":")[2]): row["text"] for row in found}


@pytest.mark.parametrize("text_format", ["markdown", "plain"])
def test_people_have_their_names_of_now_whether_they_came_before_or_after_the_page(
    destination: Destination, text_format: str
) -> None:
    body = f"<p>Ask {who('5:a')} or {who('5:ab')}, not {who('5:zz')}. {who('5:a')}</p><p>@{{5:nobody}} and @{{5:a</p>"
    rest = "\n\n@{5:nobody} and @{5:a"
    options = replace(REAL, text_format=text_format)
    destination.load([user("5:ab", "Bea"), page(1, body, options=options)])
    assert text_of(destination, 1) == f"Ask @{{5:a}} or @Bea, not @{{5:zz}}. @{{5:a}}{rest}"
    destination.load([user("5:a", "Ada")])
    named = f"Ask @Ada or @Bea, not @{{5:zz}}. @Ada{rest}"
    assert text_of(destination, 1) == named
    assert text_of(destination, 1, "cdm_doc_chunk_text") == named


def test_somebody_unknown_is_called_what_the_body_calls_them(destination: Destination) -> None:
    mention = '{"type":"mention","attrs":{"id":"5:a","text":"@Ada B"}}'
    body = (
        f'{{"type":"doc","content":[{{"type":"paragraph","content":[{mention},{{"type":"text","text":" knows"}}]}}]}}'
    )
    destination.load([page(1, body, body_format="atlas_doc_format")])
    assert text_of(destination, 1) == "@Ada B knows"
    destination.load([user("5:a", "Ada C")])
    assert text_of(destination, 1) == "@Ada C knows"


def test_a_renamed_person_changes_no_stored_text_and_shows_as_a_change_of_metadata(destination: Destination) -> None:
    destination.load([user("5:a", "Ada"), page(1, f"<p>{who('5:a')}</p>"), page(2, "<p>nobody</p>")])
    stored = "SELECT cdm_id, text, changed_at, metadata_changed_at FROM cdm_doc_chunk ORDER BY cdm_id"
    told_of = "SELECT item_cdm_id, text, changed_at, metadata_changed_at FROM cdm_doc_chunk_text ORDER BY item_cdm_id"
    before, first = destination.query(stored), destination.query(told_of)
    destination.load([user("5:a", "Ada Countess", 2)])
    second = destination.query(told_of)
    assert destination.query(stored) == before
    assert [row["text"] for row in second] == ["@Ada Countess", "nobody"]
    assert second[0]["metadata_changed_at"] > first[0]["metadata_changed_at"]
    assert second[0]["changed_at"] == first[0]["changed_at"]
    assert second[1] == first[1]
    changed = destination.query("SELECT item_cdm_id FROM cdm_doc_text WHERE text_changed_at > changed_at")
    assert [row["item_cdm_id"] for row in changed] == [item(1)]


@pytest.mark.parametrize("text_format", ["markdown", "plain"])
def test_what_a_page_shows_of_others_is_put_in_at_any_depth(destination: Destination, text_format: str) -> None:
    options = replace(REAL, text_format=text_format)
    bodies = {
        1: f"<p>one</p>{shows(2)}<p>and</p>{shows(3)}<p>end</p>",
        2: f"<p>two {who('5:a')}</p>{shows(4)}",
        3: f"<p>three</p>{shows(4)}",
        4: "<p>four</p>",
        5: shows(9),
    }
    destination.load([SPACE, user("5:a", "Ada"), *(page(n, body, options=options) for n, body in bodies.items())])
    found = full(destination, 1, 2, 4, 5)
    assert found[1].split("\n\n") == ["one", "two @Ada", "four", "and", "three", "four", "end"]
    assert found[2].split("\n\n") == ["two @Ada", "four"]
    assert found[4] == "four"
    assert found[5] == text_of(destination, 5)
    assert "Page 9" in found[5]


def test_an_excerpt_alone_is_put_in_where_an_excerpt_is_shown(destination: Destination) -> None:
    named = '<ac:parameter ac:name="name">second</ac:parameter>'
    inside = "<ac:rich-text-body><p>core</p></ac:rich-text-body>"
    first = f'<ac:structured-macro ac:name="excerpt">{inside}</ac:structured-macro>'
    second = first.replace("core", "other").replace("<ac:rich", f"{named}<ac:rich", 1)
    inline = first.replace("<p>core</p>", "inline")
    destination.load(
        [
            SPACE,
            page(1, f"<p>a</p>{first}<p>b</p>{second}"),
            page(2, f"<p>see</p>{shows(1, 'excerpt-include')}"),
            page(3, f"{shows(1, 'excerpt-include', named)}<p>then</p>{shows(1)}"),
            page(4, f"<p>An {inline} one</p>"),
            page(5, f"<p>No {shows(4, 'excerpt-include')} there</p>"),
            page(6, shows(4, "excerpt-include", named)),
        ]
    )
    found = full(destination, 2, 3, 5, 6)
    assert found[2] == "see\n\ncore"
    assert found[3] == "other\n\nthen\n\na\n\ncore\n\nb\n\nother"
    assert found[5] == "No inline there"
    assert found[6] == text_of(destination, 6)


def test_pages_that_show_each_other_end(destination: Destination) -> None:
    destination.load(
        [
            SPACE,
            page(1, f"<p>one</p>{shows(2)}"),
            page(2, f"<p>two</p>{shows(3)}"),
            page(3, f"<p>three</p>{shows(2)}{shows(1)}"),
            page(4, f"<p>four</p>{shows(4)}"),
            *(page(n, "".join(shows(other) for other in range(10, 20)) + f"<p>text {n}</p>") for n in range(10, 20)),
        ]
    )
    found = full(destination, 1, 4, 10)
    assert found[1].split("\n\n")[:3] == ["one", "two", "three"]
    assert "{include" in found[1]
    assert found[4] == text_of(destination, 4)
    assert all(f"text {n}" in found[10] for n in range(10, 20))
    assert len(found[10]) < 10_000_000


def test_a_changed_page_is_seen_as_a_change_of_all_that_show_it(destination: Destination) -> None:
    destination.load([SPACE, page(1, shows(2)), page(2, shows(3)), page(3, "<p>old</p>"), page(4, "<p>alone</p>")])
    when = "SELECT item_cdm_id, included_changed_at FROM cdm_doc_include ORDER BY 1, 2"
    calls = f"SELECT * FROM cdm_doc_full_text({texts([item(n) for n in (1, 2, 3, 4)])}) ORDER BY item_cdm_id"
    before, texts_before = destination.query(when), destination.query(calls)
    assert {row["item_cdm_id"] for row in before} == {item(1), item(2)}
    newest = max(row["included_changed_at"] for row in before)
    destination.load([page(3, "<p>new</p>", version=2)])
    changed = f"SELECT DISTINCT item_cdm_id FROM cdm_doc_include WHERE included_changed_at > '{newest}' ORDER BY 1"
    assert [row["item_cdm_id"] for row in destination.query(changed)] == [item(1), item(2)]
    after = destination.query(calls)
    assert [row["text"] for row in after] == ["new", "new", "new", "alone"]
    later = [new["text_changed_at"] > old["text_changed_at"] for new, old in zip(after, texts_before, strict=True)]
    assert later == [True, True, True, False]


def test_the_page_about_texts_names_those_that_hold_what_a_person_may_not_read(destination: Destination) -> None:
    pages = [page(1, shows(2)), page(2, shows(3)), page(3, "<p>secret</p>"), page(4, shows(5)), page(5, "<p>open</p>")]
    alike = {"operation": "read", "observed_at": "2026-01-03T00:00:00.000Z"}
    nobody = {"principal_type": "none", "principal_id": "none", **alike}
    destination.load(
        [
            *[SPACE, *pages, user("5b", "Ada"), user("5c", "Bea")],
            *[
                rows("space_permissions", principal_type="user", principal_id=one, target_type="space", **alike)
                for one in ("5b", "5c")
            ],
            *[rows("content_restrictions", content_id=str(number), **nobody) for number in (1, 2, 4, 5)],
            rows("content_restrictions", content_id="3", principal_type="user", principal_id="5c", **alike),
        ]
    )
    page_about_texts = (ROOT / "docs" / "text.md").read_text(encoding="utf-8")
    (query,) = [text for text in re.findall(r"```sql\n(.*?)```", page_about_texts, re.DOTALL) if "NOT IN" in text]
    found = {}
    for one in ("5b", "5c"):
        asked = query.replace("confluence:5b10a2844c20165700ede21g", f"acme:{one}")
        found[one] = {row["item_cdm_id"] for row in destination.query(asked)}
    assert found == {"5b": {item(1), item(2)}, "5c": set()}
    assert "secret" in full(destination, 1)[1]


def test_what_is_gone_is_not_put_in(destination: Destination) -> None:
    destination.load([SPACE, page(1, shows(2)), page(2, "<p>two</p>"), rows("tombstones", id="2", type="page")])
    assert full(destination, 1, 2) == {1: text_of(destination, 1)}
