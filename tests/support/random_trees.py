"""Random pages: one tree, written in storage format and in ADF, and what each of its words is meant to look like.

Every word is a number of its own (``w17z``), so that one that is lost, doubled, moved or in another style is found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from itertools import count
from random import Random
from typing import Any
from urllib.parse import urljoin

Meant = tuple[str, frozenset[str], str | None]
"""A word, its styles (``code`` is one), and where it links to."""
NASTY = [*"*_`~|[]()<>&#\\!-+.:“가", "](", "**"]
STYLES = {"strong": "strong", "em": "em", "strike": "del", "sub": "sub", "sup": "sup", "underline": "u"}
PANELS = {"info": "info", "tip": "success", "note": "warning", "warning": "error"}
"""Macro of storage format to type of panel in ADF."""
URLS = ("https://e.org/x", "https://e.org/a_b?c=d&e=f", "/wiki/spaces/ENG/pages/7/T")
SITE = "https://acme.atlassian.net/wiki/"
EPOCH_DAY = 86_400_000


@dataclass
class Node:
    """A node: its kind, what it says of itself, and what is in it."""

    kind: str
    inside: list[Node] = field(default_factory=list)
    text: str = ""
    value: Any = None


def page(seed: int) -> list[Node]:
    """Draw the blocks of a page."""
    dice, words = Random(seed), count(1)
    return [_block(dice, words, 3) for _ in range(dice.randint(1, 4))]


def _word(dice: Random, words: Iterable[int]) -> str:
    number = next(iter(words))
    before, after = ("".join(dice.choices(NASTY, k=dice.choice((0, 0, 0, 1, 2)))) for _ in "ab")
    before += dice.choice(("", "", "", "", "1. "))
    return f"{before}w{number}z{after}"


def _text(dice: Random, words: Iterable[int]) -> str:
    said = " ".join(_word(dice, words) for _ in range(dice.randint(1, 3)))
    return f"{dice.choice(('', '', ' '))}{said}{dice.choice(('', '', ' '))}"


def _line(dice: Random, words: Iterable[int], *, breaks: bool = True) -> list[Node]:
    out: list[Node] = []
    for _ in range(dice.randint(1, 4)):
        drawn = dice.random()
        if drawn < 0.08 and breaks and out and out[-1].kind != "break":
            out.append(Node("break"))
        elif drawn < 0.14:
            out.append(Node(dice.choice(("mention", "emoji", "date", "status"))))
            if out[-1].kind == "status":
                out[-1].text = f"w{next(iter(words))}z"
        elif drawn < 0.2:
            out.append(Node("code", text=f"w{next(iter(words))}z"))
        else:
            styles = tuple(sorted(dice.sample(list(STYLES), dice.choice((0, 0, 0, 1, 1, 2)))))
            if {"sub", "sup"} <= set(styles):
                styles = ("sub",)
            url = dice.choice(URLS) if dice.random() < 0.15 else None
            out.append(Node("text", text=_text(dice, words), value=(styles, url)))
    return out


def _block(dice: Random, words: Iterable[int], depth: int) -> Node:
    kinds = ["paragraph"] * 4 + ["heading", "rule", "code block"]
    kinds += ["bullets", "numbers", "tasks", "quote", "panel", "expand", "table", "table"] if depth else []
    kind = dice.choice(kinds)
    if kind in ("paragraph", "heading"):
        return Node(kind, _line(dice, words, breaks=kind == "paragraph"), value=dice.randint(1, 6))
    if kind == "rule":
        return Node(kind)
    if kind == "code block":
        lines = ("  " * dice.randint(0, 2) + _word(dice, words) for _ in range(dice.randint(1, 3)))
        return Node(kind, text="\n".join(lines), value=dice.choice((None, "python", "sql")))
    if kind in ("bullets", "numbers"):
        items = [Node("item", _item(dice, words, depth - 1)) for _ in range(dice.randint(1, 3))]
        return Node(kind, items, value=dice.choice((1, 1, 3)))
    if kind == "tasks":
        items = [Node("task", _line(dice, words), value=dice.random() < 0.5) for _ in range(dice.randint(1, 3))]
        return Node(kind, items)
    if kind == "table":
        width = dice.randint(1, 3)
        rows = range(dice.randint(1, 3))
        return Node(kind, [Node("row", [_cell(dice, words, header=row == 0) for _ in range(width)]) for row in rows])
    inside = [_block(dice, words, depth - 1) for _ in range(dice.randint(1, 2))]
    if kind == "panel":
        return Node(kind, inside, value=dice.choice(list(PANELS)))
    return Node(kind, inside, text=f"w{next(iter(words))}z" if kind == "expand" else "")


def _cell(dice: Random, words: Iterable[int], *, header: bool) -> Node:
    return Node("cell", _item(dice, words, dice.choice((0, 0, 1))), value=header)


def _item(dice: Random, words: Iterable[int], depth: int) -> list[Node]:
    first = Node("paragraph", _line(dice, words))
    return [first, *(_block(dice, words, depth) for _ in range(dice.choice((0, 0, 1)) if depth else 0))]


def storage(nodes: list[Node]) -> str:
    """Write nodes in storage format."""
    return "".join(map(_storage, nodes))


def _macro(name: str, parameters: dict[str, str], body: str = "") -> str:
    told = "".join(f'<ac:parameter ac:name="{key}">{escape(value)}</ac:parameter>' for key, value in parameters.items())
    return f'<ac:structured-macro ac:name="{name}">{told}{body}</ac:structured-macro>'


def _storage(node: Node) -> str:
    inside = storage(node.inside)
    rich = f"<ac:rich-text-body>{inside}</ac:rich-text-body>"
    plain = f"<ac:plain-text-body><![CDATA[{node.text}]]></ac:plain-text-body>"
    if node.kind == "text":
        out = escape(node.text)
        for style in node.value[0]:
            out = f"<{STYLES[style]}>{out}</{STYLES[style]}>"
        return f'<a href="{escape(node.value[1])}">{out}</a>' if node.value[1] else out
    if node.kind == "task":
        done = "complete" if node.value else "incomplete"
        return f"<ac:task><ac:task-status>{done}</ac:task-status><ac:task-body>{inside}</ac:task-body></ac:task>"
    if node.kind == "numbers":
        return f'<ol start="{node.value}">{inside}</ol>'
    if node.kind == "panel":
        return _macro(node.value, {}, rich)
    if node.kind == "code block":
        return _macro("code", {"language": node.value} if node.value else {}, plain)
    simple = {
        "break": "<br/>",
        "mention": '<ac:link><ri:user ri:account-id="5:u"/></ac:link>',
        "emoji": '<ac:emoticon ac:emoji-shortname=":tada:" ac:emoji-id="1f389" ac:emoji-fallback="🎉"/>',
        "date": '<time datetime="2024-05-01"/>',
        "status": _macro("status", {"title": node.text}),
        "code": f"<code>{escape(node.text)}</code>",
        "paragraph": f"<p>{inside}</p>",
        "heading": f"<h{node.value}>{inside}</h{node.value}>",
        "rule": "<hr/>",
        "bullets": f"<ul>{inside}</ul>",
        "item": f"<li>{inside}</li>",
        "tasks": f"<ac:task-list>{inside}</ac:task-list>",
        "quote": f"<blockquote>{inside}</blockquote>",
        "expand": _macro("expand", {"title": node.text}, rich),
        "table": f"<table><tbody>{inside}</tbody></table>",
        "row": f"<tr>{inside}</tr>",
        "cell": f"<th>{inside}</th>" if node.value else f"<td>{inside}</td>",
    }
    return simple[node.kind]


def adf(nodes: list[Node]) -> str:
    """Write nodes in ADF."""
    return json.dumps({"type": "doc", "version": 1, "content": [_adf(node) for node in nodes]})


def _adf(node: Node) -> dict[str, Any]:
    content = [_adf(each) for each in node.inside]
    if node.kind == "text":
        marks: list[dict[str, Any]] = [_mark(style) for style in node.value[0]]
        marks += [{"type": "link", "attrs": {"href": node.value[1]}}] if node.value[1] else []
        return {"type": "text", "text": node.text, **({"marks": marks} if marks else {})}
    if node.kind == "code":
        return {"type": "text", "text": node.text, "marks": [{"type": "code"}]}
    if node.kind == "code block":
        attrs = {"attrs": {"language": node.value}} if node.value else {}
        return {"type": "codeBlock", "content": [{"type": "text", "text": node.text}], **attrs}
    named: dict[str, tuple[str, dict[str, Any]]] = {
        "break": ("hardBreak", {}),
        "mention": ("mention", {"id": "5:u", "text": "@Ann"}),
        "emoji": ("emoji", {"shortName": ":tada:", "id": "1f389", "text": "🎉"}),
        "date": ("date", {"timestamp": str(19_844 * EPOCH_DAY)}),
        "status": ("status", {"text": node.text}),
        "paragraph": ("paragraph", {}),
        "heading": ("heading", {"level": node.value}),
        "rule": ("rule", {}),
        "bullets": ("bulletList", {}),
        "numbers": ("orderedList", {"order": node.value}),
        "item": ("listItem", {}),
        "tasks": ("taskList", {}),
        "task": ("taskItem", {"state": "DONE" if node.value else "TODO"}),
        "quote": ("blockquote", {}),
        "panel": ("panel", {"panelType": PANELS.get(node.value, "")}),
        "expand": ("expand", {"title": node.text}),
        "table": ("table", {}),
        "row": ("tableRow", {}),
        "cell": ("tableHeader" if node.value else "tableCell", {}),
    }
    kind, attrs = named[node.kind]
    return {"type": kind, **({"attrs": attrs} if attrs else {}), **({"content": content} if content else {})}


def _mark(style: str) -> dict[str, Any]:
    return {"type": "subsup", "attrs": {"type": style}} if style in ("sub", "sup") else {"type": style}


def words(nodes: list[Node], *, styles: frozenset[str] = frozenset(), in_cell: bool = False) -> list[Meant]:
    """Return every word with what a reader is to see it in."""
    out: list[Meant] = []
    for node in nodes:
        around = styles | ({"strong"} if node.kind == "heading" and in_cell else set())
        if node.kind == "text":
            own = {STYLES[style] for style in node.value[0]} - {"u"}
            out += _found(node.text, around | own, urljoin(SITE, node.value[1]) if node.value[1] else None)
        elif node.kind == "expand":
            out += _found(node.text, around | {"strong"}, None)
        elif node.kind == "code block":
            out += _found(node.text, around | {"code"}, None)
        else:
            out += _found(node.text, around | {"code"}, None)
        out += words(node.inside, styles=around, in_cell=in_cell or node.kind == "cell")
    return out


def _found(text: str, styles: Iterable[str], url: str | None) -> list[Meant]:
    return [(word, frozenset(styles), url) for word in re.findall(r"w\d+z", text)]


def shapes(nodes: list[Node]) -> list[tuple[Any, ...]]:
    """Return the blocks that Markdown has a word for, in their order; a table's cells have none inside."""
    out: list[tuple[Any, ...]] = []
    for node in nodes:
        if node.kind == "table":
            out.append(("table", len(node.inside), len(node.inside[0].inside)))
            continue
        named: dict[str, tuple[Any, ...]] = {
            "heading": ("h", node.value),
            "rule": ("hr",),
            "code block": ("pre", node.value, node.text.rstrip()),
            "bullets": ("ul", len(node.inside)),
            "tasks": ("ul", len(node.inside)),
            "numbers": ("ol", node.value, len(node.inside)),
            "quote": ("blockquote",),
            "panel": ("blockquote",),
        }
        out += [named[node.kind]] if node.kind in named else []
        out += shapes(node.inside)
    return out
