"""Storage format as Markdown and as plain text, construct by construct."""

from __future__ import annotations

import pytest
from cdm_docs.content.read import read
from cdm_docs.content.reference import Context
from support.bodies import HERE

SITE = "https://acme.atlassian.net/wiki"


def markdown(body: str, context: Context = HERE) -> str:
    return read(body, "storage", context, "markdown").text or ""


def plain(body: str) -> str:
    return read(body, "storage", HERE, "plain").text or ""


def macro(name: str, body: str = "", **parameters: str) -> str:
    written = "".join(f'<ac:parameter ac:name="{key}">{value}</ac:parameter>' for key, value in parameters.items())
    return f'<ac:structured-macro ac:name="{name}" ac:schema-version="1">{written}{body}</ac:structured-macro>'


def rich(body: str) -> str:
    return f"<ac:rich-text-body>{body}</ac:rich-text-body>"


def unformatted(text: str) -> str:
    return f"<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body>"


LINES = {
    "plain &amp; simple&nbsp;text": "plain & simple text",
    "<strong>bold</strong>, <i>italic</i>, <code>code</code>, <del>gone</del>": "**bold**, *italic*, `code`, ~~gone~~",
    "H<sub>2</sub>O, x<sup>2</sup>, <u>under</u>": "H<sub>2</sub>O, x<sup>2</sup>, under",
    "<strong>a</strong><strong>b</strong> <strong> c </strong>d": "**ab c** d",
    "<strong>a <em>b</em></strong><em> c</em>": "**a *b*** *c*",
    "<strong>이름(name)</strong>을": "<strong>이름(name)</strong>을",
    "<strong> </strong>x<em/>": "x",
    "one<br/>two<br/>": "one\\\ntwo",
    "<code>a</code><code>b</code>": "`ab`",
    "<code>a`b</code> and <code>`</code>": "``a`b`` and `` ` ``",
    '<code>see <a href="https://e.org">this</a></code>': "`see` [`this`](https://e.org)",
    '<a href="https://e.org/a b(c)">x [y]</a>': "[x \\[y\\]](https://e.org/a%20b%28c%29)",
    '<a href="https://e.org/">https://e.org/</a>': "<https://e.org/>",
    '<a href="https://e.org/"></a>': "<https://e.org/>",
    '<a href="https://e.org"><strong>a</strong></a><a href="https://e.org">b</a>': "[**a**b](https://e.org)",
    'Look!<a href="https://e.org">x</a>': "Look\\![x](https://e.org)",
    '<a href="javascript:x()">x</a>': "x",
    '<a href="/wiki/spaces/K/pages/7">x</a>': "[x](https://acme.atlassian.net/wiki/spaces/K/pages/7)",
    '<time datetime="2026-01-31"/>': "2026-01-31",
    '<ac:emoticon ac:name="tick"/>': "✅",
    '<ac:emoticon ac:name="blue-star" ac:emoji-shortname=":tada:" ac:emoji-fallback="🎉"/>': "🎉",
    '<ac:emoticon ac:name="blue-star" ac:emoji-shortname=":own_one:" ac:emoji-fallback=":own_one:"/>': ":own_one:",
    "<ac:placeholder>Write here</ac:placeholder>x": "x",
    'a<ac:inline-comment-marker ac:ref="1">b</ac:inline-comment-marker>c': "abc",
    macro("status", title="In Progress", colour="Yellow"): "`In Progress`",
    macro("status", title="A") + macro("status", title="B"): "`A` `B`",
    macro("jira", server="Jira", key="AB-1"): "AB-1",
    macro("jira", jqlQuery="project = AB"): "{jira: jqlQuery=project = AB}",
    macro("anchor") + "x": "x",
    macro("toc", maxLevel="3", style="none"): "",
    '<img src="https://e.org/i.png" alt="An image"/>': "![An image](https://e.org/i.png)",
    '<customer-tag x="1">kept</customer-tag>': "kept",
}


@pytest.mark.parametrize(("body", "expected"), LINES.items())
def test_a_line_reads_as_it_should(body: str, expected: str) -> None:
    assert markdown(f"<p>{body}</p>") == expected


LINKS = {
    '<ac:link><ri:page ri:content-title="A &amp; B"/></ac:link>': f"[A & B]({SITE}/display/ENG/A+%26+B)",
    '<ac:link ac:anchor="Top"><ri:page ri:space-key="K" ri:content-title="A"/>'
    "<ac:link-body><strong>see</strong> it</ac:link-body></ac:link>": f"[**see** it]({SITE}/display/K/A#Top)",
    '<ac:link><ri:blog-post ri:content-title="N" ri:posting-day="2026/01/02"/>'
    "<ac:plain-text-link-body><![CDATA[news]]></ac:plain-text-link-body></ac:link>": (
        f"[news]({SITE}/display/ENG/2026/01/02/N)"
    ),
    '<ac:link><ri:content-entity ri:content-id="7"/></ac:link>': f"[7]({SITE}/pages/viewpage.action?pageId=7)",
    '<ac:link ac:anchor="a b"/>': "[a b](#a%20b)",
    '<ac:link><ri:attachment ri:filename="a b.pdf"/></ac:link>': f"[a b.pdf]({SITE}/download/attachments/42/a%20b.pdf)",
    '<ac:link><ri:space ri:space-key="~me"/></ac:link>': f"[~me]({SITE}/display/~me)",
    '<ac:link><ri:user ri:account-id="712020:ab"/></ac:link>': "@{712020:ab}",
    '<ac:link><ri:shortcut ri:key="g" ri:parameter="q"/></ac:link>': "g@q",
    '<ac:image ac:alt="Plan"><ri:attachment ri:filename="p.png"/></ac:image>': (
        f"![Plan]({SITE}/download/attachments/42/p.png)"
    ),
    '<ac:image ac:title="The plan"><ri:url ri:value="https://e.org/p.png"/></ac:image>': (
        '![https://e.org/p.png](https://e.org/p.png "The plan")'
    ),
}


@pytest.mark.parametrize(("body", "expected"), LINKS.items())
def test_a_reference_is_a_link_with_a_url_wherever_one_follows(body: str, expected: str) -> None:
    assert markdown(f"<p>{body}</p>") == expected


def test_without_a_site_a_link_leads_on_from_its_root() -> None:
    nowhere = Context(None, "K", "1", "1")
    assert markdown('<p><ac:link><ri:page ri:content-title="P"/></ac:link></p>', nowhere) == "[P](/display/K/P)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 * 3 and snake_case and C:\\path", "2 * 3 and snake_case and C:\\path"),
        ("*not bold* __init__", "\\*not bold\\* \\_\\_init\\_\\_"),
        ("a &lt;b&gt; &amp;lt; &amp; c", "a \\<b> \\&lt; & c"),
        ("[x] and [y](z)", "[x] and [y\\](z)"),
        ("# no heading", "\\# no heading"),
        ("1. no list", "1\\. no list"),
        ("- no list", "\\- no list"),
        ("+1 and -1", "+1 and -1"),
        ("> no quote", "\\> no quote"),
        ("---", "\\---"),
        ("`tick", "\\`tick"),
        ("~5 minutes", "~5 minutes"),
        ("1~2 or 3~4", "1\\~2 or 3\\~4"),
        ("2026.", "2026\\."),
        ("[ ] no task", "[ ] no task"),
    ],
)
def test_text_is_escaped_only_where_it_would_be_markup(text: str, expected: str) -> None:
    assert markdown(f"<p>{text}</p>") == expected


BLOCKS = {
    "heading": ("<h2>A <strong>b</strong> #</h2><h6/><h3>C#</h3>", "## A **b** \\#\n\n### C#"),
    "nested lists": (
        "<ul><li><p>a</p><ol start='3'><li>b</li><li>c<ul><li>d</li></ul></li></ol></li><li>e</li></ul>",
        "- a\n\n  3. b\n  4. c\n     - d\n- e",
    ),
    "a list in a list": ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
    "paragraphs in an item": ("<ul><li><p>a</p><p>b</p></li><li/></ul>", "- a\n\n  b\n-"),
    "two lists": ("<ul><li>a</li></ul><ul><li>b</li></ul><ol><li>c</li></ol>", "- a\n\n* b\n\n1. c"),
    "tasks": (
        (
            "<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status>"
            "<ac:task-body><span>a</span></ac:task-body></ac:task><ac:task><ac:task-status>incomplete</ac:task-status>"
            "<ac:task-body>b</ac:task-body></ac:task></ac:task-list>"
        ),
        "- [x] a\n- [ ] b",
    ),
    "no task": ("<ul><li>[x] a</li></ul>", "- \\[x] a"),
    "code": (
        macro("code", unformatted("a\n  ```b]]&gt;"), language="py", title="T"),
        "**T**\n\n````py\na\n  ```b]]&gt;\n````",
    ),
    "code split over two sections": (
        (
            "<ac:structured-macro ac:name='code'><ac:plain-text-body><![CDATA[a]]]]><![CDATA[>b]]></ac:plain-text-body>"
            "</ac:structured-macro>"
        ),
        "```\na]]>b\n```",
    ),
    "preformatted": ("<pre>a<br/>  b</pre>", "```\na\n  b\n```"),
    "panel": (macro("tip", rich("<p>a</p><p>b</p>")), "> [!TIP]\n> a\n>\n> b"),
    "panel with a title": (macro("note", rich("<ul><li>a</li></ul>"), title="T"), "> [!WARNING]\n> **T**\n>\n> - a"),
    "panel without a kind": (macro("panel", rich("<p>a</p>")), "> a"),
    "panel of ADF, once": (
        (
            '<ac:adf-extension><ac:adf-node type="panel"><ac:adf-attribute key="panel-type">note</ac:adf-attribute>'
            "<ac:adf-content><p>a</p></ac:adf-content></ac:adf-node><ac:adf-fallback><p>a</p></ac:adf-fallback>"
            "</ac:adf-extension>"
        ),
        "> [!WARNING]\n> a",
    ),
    "fallback alone": (
        '<ac:adf-extension><ac:adf-node type="x"/><ac:adf-fallback><p>a</p></ac:adf-fallback></ac:adf-extension>',
        "a",
    ),
    "decisions": (
        (
            '<ac:adf-extension><ac:adf-node type="decision-list"><ac:adf-node type="decision-item">'
            '<ac:adf-attribute key="state">DECIDED</ac:adf-attribute><ac:adf-content>a</ac:adf-content></ac:adf-node>'
            "</ac:adf-node></ac:adf-extension>"
        ),
        "- a",
    ),
    "expand": (macro("expand", rich("<p>a</p>"), title="More"), "▸ **More**\n\na"),
    "quote": ("<blockquote><p>a</p><blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
    "rule": ("<p>a</p><hr/><ul><li><hr/></li></ul>", "a\n\n---\n\n- ***"),
    "layout": (
        (
            "<ac:layout><ac:layout-section><ac:layout-cell><p>a</p></ac:layout-cell><ac:layout-cell><p>b</p>"
            "</ac:layout-cell></ac:layout-section></ac:layout>"
        ),
        "a\n\nb",
    ),
    "unknown macro": (macro("mystery", rich("<p>a</p>"), title="T", width="5"), "{mystery: title=T}\n\na"),
    "macros without a body": (
        f"{macro('toc')}{macro('children')}<p>a {macro('profile')}</p>b {macro('x')}{macro('status', title='S')} c",
        "{children}\n\na {profile}\n\nb {x}`S` c",
    ),
    "unknown macro with code": (macro("plantuml", unformatted("@startuml")), "```plantuml\n@startuml\n```"),
    "transparent macro": (macro("excerpt", rich("<p>a</p>"), hidden="true"), "a"),
    "included page": (
        macro("include", "", **{"": '<ac:link><ri:page ri:content-title="P"/></ac:link>'}),
        f"{{include: [P]({SITE}/display/ENG/P)}}",
    ),
    "figure": (
        '<ac:image><ri:attachment ri:filename="p.png"/><ac:caption><p>The <em>plan</em></p></ac:caption></ac:image>',
        f"![p.png]({SITE}/download/attachments/42/p.png)\\\n*The plan*",
    ),
    "loose text": ("a<p>b</p>c<div>d<p>e</p></div>", "a\n\nb\n\nc\n\nd\n\ne"),
    "a style around blocks": ("<strong><p>a</p><p>b</p></strong>", "a\n\nb"),
    "a link around blocks": ('<a href="https://e.org"><p>a</p><p>b</p></a>', "[a b](https://e.org)"),
    "a macro in a paragraph": (f"<p>a {macro('info', rich('<p>b</p>'))} c</p>", "a\n\n> [!NOTE]\n> b\n\nc"),
    "definitions": ("<dl><dt>a</dt><dd>b</dd></dl>", "**a**\n\nb"),
}


@pytest.mark.parametrize(("body", "expected"), BLOCKS.values(), ids=BLOCKS.keys())
def test_a_block_reads_as_it_should(body: str, expected: str) -> None:
    assert markdown(body) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('<a href="https://e.org/x"><br/></a>', "<https://e.org/x>"),
        ('the <abbr title="World Wide Web">WWW</abbr>', "the WWW (World Wide Web)"),
        ('by <time datetime="2024-05-01">1 May</time>', "by 2024-05-01 1 May"),
    ],
)
def test_what_only_an_attribute_says_is_told(line: str, expected: str) -> None:
    assert markdown(f"<p>{line}</p>") == expected


def test_a_merged_cell_of_a_table_in_a_cell_stands_there_too() -> None:
    inner = "<table><tr><td rowspan='2'>1</td><td>2</td></tr><tr><td>3</td></tr></table>"
    assert markdown(f"<table><tr><td>{inner}</td></tr></table>") == "|  |\n| --- |\n| 1 \\| 2<br>1 \\| 3 |"


def test_a_merged_cell_stands_in_every_place_that_it_covers() -> None:
    head = "<tr><th>A</th><th colspan='2'>B | C</th></tr>"
    rows = "<tr><td rowspan='2'>1</td><td>2</td><td>3</td></tr><tr><td>4</td><td>5</td></tr><tr><td>6</td></tr>"
    assert markdown(f"<table><colgroup><col/></colgroup><tbody>{head}{rows}</tbody></table>") == (
        "| A | B \\| C | B \\| C |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 1 | 4 | 5 |\n| 6 |  |  |"
    )


def test_a_table_without_a_header_gets_an_empty_one() -> None:
    table = "<table><tr><th>a</th><td>b</td></tr></table>"
    assert markdown(table) == "|  |  |\n| --- | --- |\n| a | b |"


def test_a_cell_holds_blocks_on_one_line() -> None:
    code = macro("code", unformatted("x = 1\ny | z"))
    cell = f"<p>a</p><ul><li>b<ul><li>c</li></ul></li></ul><ol><li>d</li></ol>{code}<table><tr><td>e</td></tr></table>"
    assert markdown(f"<table><tr><th>H</th></tr><tr><td>{cell}</td></tr></table>") == (
        "| H |\n| --- |\n| a<br>• b<br>◦ c<br>1\\. d<br>`x = 1`<br>`y \\| z`<br>e |"
    )


def test_plain_text_has_no_markup() -> None:
    body = (
        "<h1>A*</h1><p><strong>b</strong> <a href='https://e.org'>c_</a><br/>d</p><ul><li>e<ul><li>f</li></ul></li></ul>"
        + macro("note", rich("<p>g</p>"))
        + macro("code", unformatted("h\n  i"))
        + "<table><tr><th>j</th><td>k</td></tr></table>"
        + "<ac:image ac:alt='l'><ri:attachment ri:filename='m.png'/></ac:image>"
    )
    assert plain(body) == "A*\n\nb c_\nd\n\n- e\n  - f\n\nNote: g\n\nh\n  i\n\nj | k\n\nl"


def test_no_text_is_made_where_none_is_wanted() -> None:
    assert read("<p>a</p>", "storage", HERE, "none").text is None
    assert read("", "storage", HERE, "markdown").text == ""


@pytest.mark.parametrize(
    ("places", "link", "shown"),
    [
        ("<h2>Top Part!</h2>", '<a href="#Top%20Part">x</a>', "[x](#top-part)"),
        ("<h2>Top Part</h2>", '<a href="#TopPart">x</a>', "[x](#top-part)"),
        ("<h2>Top Part</h2>", '<a href="#PageTitle-TopPart">x</a>', "[x](#top-part)"),
        (f"<h2>A</h2><h2>{macro('anchor', **{'': 'here'})}A</h2>", '<a href="#here">x</a>', "[x](#a-1)"),
        (f"<h2>A</h2><p>{macro('anchor', **{'': 'here'})}b</p>", '<a href="#here">x</a>', "[x](#a)"),
        ("<h2>Å b</h2>", '<ac:link ac:anchor="Å b"><ac:plain-text-link-body/></ac:link>', "[Å b](#%C3%A5-b)"),
        ("<h2>A</h2>", '<a href="#nowhere">x</a>', "[x](#nowhere)"),
    ],
)
def test_a_link_to_a_place_of_the_page_leads_to_its_heading(places: str, link: str, shown: str) -> None:
    assert markdown(f"{places}<p>{link}</p>").splitlines()[-1] == shown
