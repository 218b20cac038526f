"""ADF: the same page in both formats reads the same, and what is wrong with a body is no reason to stop."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cdm_docs.content.document import Document
from cdm_docs.content.read import read
from cdm_docs.content.reference import Reference
from support.bodies import HERE
from support.work import calls

Node = dict[str, Any]
SITE = "https://acme.atlassian.net/wiki"


def adf(*content: Node) -> str:
    return json.dumps({"type": "doc", "version": 1, "content": list(content)})


def node(kind: str, *content: Node, **attrs: Any) -> Node:
    made: Node = {"type": kind}
    if content:
        made["content"] = list(content)
    if attrs:
        made["attrs"] = attrs
    return made


def text(words: str, *marks: str, **link: str) -> Node:
    found: list[Node] = [{"type": mark} for mark in marks]
    if link:
        found.append({"type": "link", "attrs": link})
    return {"type": "text", "text": words, "marks": found} if found else {"type": "text", "text": words}


def p(*content: Node) -> Node:
    return node("paragraph", *content)


def extension(kind: str, macro: str, /, *content: Node, **parameters: str) -> Node:
    values = {name: {"value": value} for name, value in parameters.items()}
    own = "com.atlassian.confluence.macro.core"
    return node(kind, *content, extensionType=own, extensionKey=macro, parameters={"macroParams": values})


def from_adf(body: str, text_format: str = "markdown") -> Document:
    return read(body, "atlas_doc_format", HERE, text_format)


def storage_macro(name: str, body: str = "", **parameters: str) -> str:
    written = "".join(f'<ac:parameter ac:name="{key}">{value}</ac:parameter>' for key, value in parameters.items())
    return f'<ac:structured-macro ac:name="{name}">{written}{body}</ac:structured-macro>'


def rich(body: str) -> str:
    return f"<ac:rich-text-body>{body}</ac:rich-text-body>"


PAIRS: dict[str, tuple[str, list[Node]]] = {
    "styles": (
        "<p>a <strong>b <em>c</em></strong><code>d</code> <u>e</u><sub>2</sub> <del>f</del></p>",
        [
            p(
                text("a "),
                text("b ", "strong"),
                text("c", "em", "strong"),
                text("d", "code"),
                text(" "),
                text("e", "underline"),
                {"type": "text", "text": "2", "marks": [{"type": "subsup", "attrs": {"type": "sub"}}]},
                text(" "),
                text("f", "strike"),
            )
        ],
    ),
    "a link with styles": (
        '<p><a href="https://e.org/x">see <strong>this</strong></a>!</p>',
        [p(text("see ", href="https://e.org/x"), text("this", "strong", href="https://e.org/x"), text("!"))],
    ),
    "a card": (
        '<p><a href="https://e.org/x" data-card-appearance="inline">https://e.org/x</a></p>',
        [p(node("inlineCard", url="https://e.org/x"))],
    ),
    "a block card": (
        '<p><a href="https://e.org/x" data-card-appearance="block">https://e.org/x</a></p>',
        [node("blockCard", url="https://e.org/x")],
    ),
    "a page by its URL": (
        f'<p><a href="{SITE}/spaces/K/pages/7/T">T</a></p>',
        [p(text("T", href=f"{SITE}/spaces/K/pages/7/T"))],
    ),
    "headings and rules": (
        "<h1>A</h1><hr/><h3>B</h3>",
        [node("heading", text("A"), level=1), node("rule"), node("heading", text("B"), level=3)],
    ),
    "lists": (
        "<ul><li><p>a</p><ol start='3'><li><p>b</p></li></ol></li><li><p>c</p></li></ul>",
        [
            node(
                "bulletList",
                node("listItem", p(text("a")), node("orderedList", node("listItem", p(text("b"))), order=3)),
                node("listItem", p(text("c"))),
            )
        ],
    ),
    "tasks": (
        (
            "<ac:task-list><ac:task><ac:task-status>complete</ac:task-status><ac:task-body>a</ac:task-body></ac:task>"
            "<ac:task-list><ac:task><ac:task-status>incomplete</ac:task-status><ac:task-body>b</ac:task-body></ac:task>"
            "</ac:task-list></ac:task-list>"
        ),
        [
            node(
                "taskList",
                node("taskItem", text("a"), state="DONE"),
                node("taskList", node("taskItem", text("b"), state="TODO")),
            )
        ],
    ),
    "decisions": (
        (
            '<ac:adf-extension><ac:adf-node type="decision-list"><ac:adf-node type="decision-item"><ac:adf-content>a'
            "</ac:adf-content></ac:adf-node></ac:adf-node></ac:adf-extension>"
        ),
        [node("decisionList", node("decisionItem", text("a"), state="DECIDED"))],
    ),
    "code": (
        storage_macro("code", "<ac:plain-text-body><![CDATA[a\n  b]]></ac:plain-text-body>", language="python"),
        [node("codeBlock", text("a\n  b"), language="python")],
    ),
    "panels": (
        "".join(storage_macro(name, rich(f"<p>{name}</p>")) for name in ("info", "tip", "note", "warning")),
        [
            node("panel", p(text(n)), panelType=t)
            for n, t in zip(("info", "tip", "note", "warning"), ("info", "success", "warning", "error"), strict=True)
        ],
    ),
    "expand": (
        storage_macro("expand", rich("<p>a</p>"), title="More"),
        [node("expand", p(text("a")), title="More")],
    ),
    "quote": ("<blockquote><p>a</p></blockquote>", [node("blockquote", p(text("a")))]),
    "a table": (
        (
            "<table><tbody><tr><th colspan='2'><p>A</p></th></tr><tr><td><p>a</p><p>b</p></td><td><p>c</p></td></tr>"
            "</tbody></table>"
        ),
        [
            node(
                "table",
                node("tableRow", node("tableHeader", p(text("A")), colspan=2, rowspan=1)),
                node("tableRow", node("tableCell", p(text("a")), p(text("b"))), node("tableCell", p(text("c")))),
            )
        ],
    ),
    "an image with a caption": (
        '<ac:image ac:alt="i.png"><ri:attachment ri:filename="i.png"/><ac:caption><p>C</p></ac:caption></ac:image>',
        [node("mediaSingle", node("media", type="file", id="f-1", alt="i.png"), node("caption", text("C")))],
    ),
    "an image from elsewhere": (
        '<ac:image ac:alt="I"><ri:url ri:value="https://e.org/i.png"/></ac:image>',
        [node("mediaSingle", node("media", type="external", url="https://e.org/i.png", alt="I"))],
    ),
    "layout": (
        (
            "<ac:layout><ac:layout-section><ac:layout-cell><p>a</p></ac:layout-cell><ac:layout-cell><p>b</p>"
            "</ac:layout-cell></ac:layout-section></ac:layout>"
        ),
        [node("layoutSection", node("layoutColumn", p(text("a"))), node("layoutColumn", p(text("b"))))],
    ),
    "status, date, emoji, mention": (
        "<p>" + storage_macro("status", title="Done", colour="Green") + ' <time datetime="2026-01-31"/> '
        '<ac:emoticon ac:name="tick" ac:emoji-shortname=":check_mark:"/> '
        '<ac:link><ri:user ri:account-id="5:u"/></ac:link></p>',
        [
            p(
                node("status", text="Done", color="green"),
                text(" "),
                node("date", timestamp="1769817600000"),
                text(" "),
                node("emoji", shortName=":check_mark:", text=""),
                text(" "),
                node("mention", id="5:u", text=""),
            )
        ],
    ),
    "macros": (
        storage_macro("toc", style="none")
        + storage_macro("excerpt", rich("<p>a</p>"))
        + storage_macro("mystery", rich("<p>b</p>"), title="T")
        + storage_macro("plantuml", "<ac:plain-text-body><![CDATA[@x]]></ac:plain-text-body>"),
        [
            extension("extension", "toc", style="none"),
            extension("bodiedExtension", "excerpt", p(text("a"))),
            extension("bodiedExtension", "mystery", p(text("b")), title="T"),
            extension("extension", "plantuml", __bodyContent="@x"),
        ],
    ),
    "an included page": (
        storage_macro("include", "", **{"": '<ac:link><ri:page ri:space-key="K" ri:content-title="P"/></ac:link>'}),
        [extension("extension", "include", **{"": "K:P"})],
    ),
    "Jira": (
        "<p>" + storage_macro("jira", key="AB-1") + "</p>",
        [p(extension("inlineExtension", "jira", key="AB-1"))],
    ),
    "hints and breaks": (
        "<p><ac:placeholder>hint</ac:placeholder>a<br/>b</p>",
        [p(node("placeholder", text="hint"), text("a"), node("hardBreak"), text("b"))],
    ),
}


@pytest.mark.parametrize(("storage", "content"), PAIRS.values(), ids=PAIRS.keys())
def test_both_formats_of_a_page_read_the_same(storage: str, content: list[Node]) -> None:
    for text_format in ("markdown", "plain"):
        wanted = read(storage, "storage", HERE, text_format)
        found = from_adf(adf(*content), text_format)
        assert found.text == wanted.text
        assert found.text
        assert found.problems == ()


@pytest.mark.parametrize(
    ("storage", "content"), [pair for name, pair in PAIRS.items() if "image with" not in name and "page by" not in name]
)
def test_both_formats_of_a_page_refer_to_the_same(storage: str, content: list[Node]) -> None:
    def told(references: tuple[Reference, ...]) -> list[tuple[str, str]]:
        return [(each.kind, each.written) for each in references]

    assert told(from_adf(adf(*content)).references) == told(read(storage, "storage", HERE, "none").references)


def test_a_link_in_pieces_has_one_anchor_text() -> None:
    twice = [text("see ", href="https://e.org"), text("this", "strong", href="https://e.org"), text(" or ")]
    (reference,) = from_adf(adf(p(*twice, text("that", href="https://e.org")))).references
    assert reference.anchor_text == "see this"


def test_media_are_attachments_by_their_id() -> None:
    body = adf(node("mediaGroup", node("media", type="file", id="f-1", __fileName="a.pdf")))
    (reference,) = from_adf(body).references
    assert (reference.kind, reference.written, reference.file_id, reference.filename) == (
        "attachment",
        "media:f-1",
        "f-1",
        "a.pdf",
    )


def test_a_macro_of_an_app_is_called_by_its_title() -> None:
    app = node("extension", extensionType="com.atlassian.ecosystem", extensionKey="1/2/static/x", text="Poll")
    assert from_adf(adf(app)).text == "{Poll}"


def test_an_unknown_node_keeps_its_text() -> None:
    assert from_adf(adf(node("future", p(text("a"))), p(node("newer", text("b"))))).text == "a\n\nb"


BROKEN = {
    "not JSON": "<p>x</p>",
    "cut short": adf(p(text("first")), p(text("second")))[:-6],
    "depth 10,000": '{"type":"panel","content":[' * 10_000 + json.dumps(text("deep")) + "]}" * 10_000,
    "other types": '{"type":7,"content":[1,null,{"type":"heading","attrs":{"level":"x"}},{"type":"text"}]}',
    "no object": "[]",
    "null": "null",
    "empty": "",
    "numbers out of range": adf(
        node("date", timestamp="9" * 9999), node("orderedList", node("listItem"), order=10**18)
    ),
    "marks on marks": adf(p(text("x", *["strong", "em"] * 9999))),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("text_format", ["markdown", "plain", "none"])
def test_a_broken_body_never_stops_a_run(body: str, text_format: str) -> None:
    document = from_adf(body, text_format)
    assert document.recovered == bool(document.problems)
    assert all(len(problem) < 200 for problem in document.problems)


def test_the_text_of_a_broken_body_is_kept_and_the_breakage_told() -> None:
    for name, words in {"cut short": ("first", "second"), "depth 10,000": ("deep",)}.items():
        document = from_adf(BROKEN[name])
        assert document.recovered
        assert all(word in (document.text or "") for word in words)


def test_nesting_beyond_the_walk_keeps_its_text() -> None:
    deep = text("deep")
    for kind in ("taskList", "panel", "table", "bulletList") * 25:
        deep = node(kind, deep)
    document = from_adf(adf(deep))
    assert "deep" in (document.text or "")
    assert document.problems == ("1 places nested too deep to tell their structure were kept as mere text",)


def test_lone_surrogates_are_replaced_and_pairs_are_kept() -> None:
    body = '{"type":"doc","content":[{"type":"text","text":"a\\ud800b\\ud83d\\ude00\\\\ud800 c\\u0000"}]}'
    document = from_adf(body)
    assert document.text == "a\ufffdb😀\\ud800 c\x00"
    assert document.problems == ("lone surrogates were replaced",)
    assert "x\ufffd" in (from_adf(adf(p(text("xyz"))).replace("xyz", "x\ud800")).text or "")


def large(paragraphs: int) -> str:
    return adf(*[p(text(f"word {number} *", "strong"), text(" and more ~ of it")) for number in range(paragraphs)])


@pytest.mark.timeout(60)
def test_a_large_body_is_read_with_work_in_its_length() -> None:
    small, body = large(1_250), large(10_000)
    assert len(body) > 1_500_000
    assert len(from_adf(body).text or "") > 300_000
    assert calls(lambda: from_adf(body)) < 9 * calls(lambda: from_adf(small))
