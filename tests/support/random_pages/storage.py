"""Random pages in storage format."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from support.random_pages.nodes import APP, STYLES, Node


def storage(nodes: list[Node]) -> str:
    """Write nodes in storage format."""
    return "".join(map(_written, nodes))


def macro(name: str, parameters: dict[str, str], body: str = "") -> str:
    """Write a macro."""
    told = "".join(f'<ac:parameter ac:name="{key}">{escape(value)}</ac:parameter>' for key, value in parameters.items())
    return f'<ac:structured-macro ac:name="{name}">{told}{body}</ac:structured-macro>'


def rich(body: str) -> str:
    """Write the formatted body of a macro."""
    return f"<ac:rich-text-body>{body}</ac:rich-text-body>"


def plain(text: str) -> str:
    """Write the unformatted body of a macro."""
    return f"<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body>"


def _app(node: Node, body: str) -> str:
    """Write a macro of Forge, with the copy of itself that Cloud writes beside it."""

    def parameter(key: str, value: str) -> str:
        return f'<ac:adf-parameter key="{key}">{value}</ac:adf-parameter>'

    guest = "".join(parameter(key, escape(value)) for key, value in node.value)
    parameters = parameter("extension-title", node.text) + parameter("guest-params", guest)
    attributes = f'<ac:adf-attribute key="extension-key">{APP}</ac:adf-attribute>'
    attributes += f'<ac:adf-attribute key="parameters">{parameters}</ac:adf-attribute>'
    content = f"<ac:adf-content>{body}</ac:adf-content>" if body else ""
    kind = {"app": "extension", "app line": "inline-extension", "bodied app": "bodied-extension"}[node.kind]
    written = f'<ac:adf-node type="{kind}">{attributes}{content}</ac:adf-node>'
    return f"<ac:adf-extension>{written}<ac:adf-fallback>{written}</ac:adf-fallback></ac:adf-extension>"


def _new_panel(_node: Node, inside: str) -> str:
    """Write a panel as the editor of Cloud does where storage format has no macro for it."""
    attribute = '<ac:adf-attribute key="panel-type">note</ac:adf-attribute>'
    written = f'<ac:adf-node type="panel">{attribute}<ac:adf-content>{inside}</ac:adf-content></ac:adf-node>'
    fallback = f'<ac:adf-fallback><div class="panel conf-macro output-block">{inside}</div></ac:adf-fallback>'
    return f"<ac:adf-extension>{written}{fallback}</ac:adf-extension>"


def _decisions(node: Node, inside: str) -> str:
    items = "".join(f"<li>{storage(each.inside)}</li>" for each in node.inside)
    fallback = f'<ac:adf-fallback><ul class="decision-list">{items}</ul></ac:adf-fallback>'
    return f'<ac:adf-extension><ac:adf-node type="decision-list">{inside}</ac:adf-node>{fallback}</ac:adf-extension>'


def _decision(_node: Node, inside: str) -> str:
    state = '<ac:adf-attribute key="state">DECIDED</ac:adf-attribute>'
    return f'<ac:adf-node type="decision-item">{state}<ac:adf-content>{inside}</ac:adf-content></ac:adf-node>'


def _image(node: Node, inside: str) -> str:
    caption = f"<ac:caption><p>{inside}</p></ac:caption>" if inside else ""
    return f'<ac:image ac:alt="{escape(node.text)}"><ri:url ri:value="{node.value}"/>{caption}</ac:image>'


def _cell(node: Node, inside: str) -> str:
    tag = "th" if node.value.header else "td"
    spans = (("colspan", node.value.columns), ("rowspan", node.value.rows))
    told = "".join(f' {name}="{span}"' for name, span in spans if span > 1)
    return f"<{tag}{told}>{inside}</{tag}>"


def _text(node: Node, _inside: str) -> str:
    out = escape(node.text)
    for style in node.value[0]:
        tag = STYLES[style]
        out = f"<{tag}>{out}</{tag}>"
    return f'<a href="{escape(node.value[1])}">{out}</a>' if node.value[1] else out


def _task(node: Node, inside: str) -> str:
    done = "complete" if node.value else "incomplete"
    return f"<ac:task><ac:task-status>{done}</ac:task-status><ac:task-body>{inside}</ac:task-body></ac:task>"


def _written(node: Node) -> str:
    write = _WRITERS.get(node.kind)
    inside = storage(node.inside)
    return _simple(node, inside) if write is None else write(node, inside)


def _panel(node: Node, inside: str) -> str:
    return macro(node.value, {}, rich(inside))


def _code(node: Node, _inside: str) -> str:
    return macro("code", {"language": node.value} if node.value else {}, plain(node.text))


def _macro(node: Node, inside: str) -> str:
    return macro(node.text, dict(node.value), rich(inside) if node.kind == "macro" else "")


_WRITERS: dict[str, Callable[[Node, str], str]] = {
    "text": _text,
    "task": _task,
    "cell": _cell,
    "panel": _panel,
    "new panel": _new_panel,
    "code block": _code,
    **dict.fromkeys(("picture", "image"), _image),
    **dict.fromkeys(("macro", "macro line"), _macro),
    **dict.fromkeys(("app", "app line", "bodied app"), _app),
    "decisions": _decisions,
    "decision": _decision,
}


def _simple(node: Node, inside: str) -> str:
    url = escape(node.text)
    simple = {
        "break": "<br/>",
        "mention": '<ac:link><ri:user ri:account-id="5:u"/></ac:link>',
        "emoji": '<ac:emoticon ac:emoji-shortname=":tada:" ac:emoji-id="1f389" ac:emoji-fallback="🎉"/>',
        "date": '<time datetime="2024-05-01"/>',
        "status": macro("status", {"title": node.text}),
        "formula": macro("mathinline", {}, plain(node.text)),
        "jira": macro("jira", {"key": node.text}),
        "card": f'<a href="{url}" data-card-appearance="inline">{url}</a>',
        "block card": f'<p><a href="{url}" data-card-appearance="block" data-datasource="{{}}">{url}</a></p>',
        "contents": macro("toc", {"style": "none"}),
        "old": inside,
        "old line": inside,
        "tooltip": macro("tooltip", {"text": node.text}, rich(f"<p>{inside}</p>")),
        "code": f"<code>{escape(node.text)}</code>",
        "paragraph": f"<p>{inside}</p>",
        "heading": f"<h{node.value}>{inside}</h{node.value}>",
        "rule": "<hr/>",
        "bullets": f"<ul>{inside}</ul>",
        "numbers": f'<ol start="{node.value}">{inside}</ol>',
        "item": f"<li>{inside}</li>",
        "tasks": f"<ac:task-list>{inside}</ac:task-list>",
        "quote": f"<blockquote>{inside}</blockquote>",
        "expand": macro("expand", {"title": node.text}, rich(inside)),
        "layout": f'<ac:layout><ac:layout-section ac:type="single"><ac:layout-cell>{inside}</ac:layout-cell>'
        "</ac:layout-section></ac:layout>",
        "table": f"<table><tbody>{inside}</tbody></table>",
        "row": f"<tr>{inside}</tr>",
    }
    return simple[node.kind]
