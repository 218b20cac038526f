"""What macros and what the editor of Cloud writes in their place show, in both formats."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any
from urllib.parse import quote

import pytest
from cdm_docs.content.macros.packed import MOST_UNPACKED
from cdm_docs.content.read import read
from support.bodies import HERE
from support.work import calls


def markdown(body: str, body_format: str = "storage") -> str:
    return read(body, body_format, HERE, "markdown").text or ""


def adf(*nodes: dict[str, Any]) -> str:
    return markdown(json.dumps({"type": "doc", "version": 1, "content": list(nodes)}), "atlas_doc_format")


def macro(name: str, body: str = "", /, **parameters: str) -> str:
    written = "".join(f'<ac:parameter ac:name="{key}">{value}</ac:parameter>' for key, value in parameters.items())
    return f'<ac:structured-macro ac:name="{name}">{written}{body}</ac:structured-macro>'


def rich(body: str) -> str:
    return f"<ac:rich-text-body>{body}</ac:rich-text-body>"


def plain(text: str) -> str:
    return f"<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body>"


def forge(kind: str, code: str, fallback: str = "") -> str:
    def attribute(key: str, value: str) -> str:
        return f'<ac:adf-attribute key="{key}">{value}</ac:adf-attribute>'

    def parameter(key: str, value: str) -> str:
        return f'<ac:adf-parameter key="{key}">{value}</ac:adf-parameter>'

    parameters = parameter("extension-title", "Code Pro") + parameter("guest-params", parameter("code", code))
    node = attribute("extension-key", "9a81c16f/35d2/static/codemacro") + attribute("parameters", parameters)
    return f'<ac:adf-extension><ac:adf-node type="{kind}">{node}</ac:adf-node>{fallback}</ac:adf-extension>'


def forge_adf(kind: str, code: str) -> dict[str, Any]:
    return {
        "type": kind,
        "attrs": {
            "extensionType": "com.atlassian.ecosystem",
            "extensionKey": "9a81c16f/35d2/static/codemacro",
            "parameters": {"extensionTitle": "Code Pro", "guestParams": {"code": code}},
        },
    }


@pytest.mark.parametrize(
    ("code", "shown"),
    [("apt install foo", "{Code Pro: code=apt install foo}"), ("a = 1\nb = 2", "{Code Pro}\n\n```\na = 1\nb = 2\n```")],
)
def test_what_the_author_wrote_into_an_app_on_forge_is_read_in_both_formats(code: str, shown: str) -> None:
    assert markdown(forge("extension", code)) == shown
    assert adf(forge_adf("extension", code)) == shown


def test_an_app_in_a_sentence_stays_in_it_in_both_formats() -> None:
    text = {"type": "text", "text": "Req "}, {"type": "text", "text": " must hold."}
    shown = "Req {Code Pro: code=NP-001} must hold."
    assert markdown(f"<p>Req {forge('inline-extension', 'NP-001')} must hold.</p>") == shown
    assert adf({"type": "paragraph", "content": [text[0], forge_adf("inlineExtension", "NP-001"), text[1]]}) == shown


def test_the_copy_of_an_app_in_its_fallback_is_not_read() -> None:
    copy = '<ac:adf-fallback><ac:adf-node type="extension"><p>x</p></ac:adf-node></ac:adf-fallback>'
    assert markdown(forge("extension", "y", copy)) == "{Code Pro: code=y}"


def test_a_table_in_a_table_of_adf_is_read_with_its_links() -> None:
    url = "https://acme.atlassian.net/wiki/spaces/ENG/pages/2002"
    link = {"type": "text", "text": "sixteen amperes", "marks": [{"type": "link", "attrs": {"href": url}}]}

    def table(*content: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "table",
            "content": [{"type": "tableRow", "content": [{"type": "tableCell", "content": list(content)}]}],
        }

    nested = {
        "type": "extension",
        "attrs": {
            "extensionType": "com.atlassian.nesting",
            "extensionKey": "nested-table",
            "parameters": {
                "macroParams": {"nestedContent": {"value": json.dumps(table({"type": "paragraph", "content": [link]}))}}
            },
        },
    }
    body = json.dumps({"type": "doc", "content": [table(nested)]})
    document = read(body, "atlas_doc_format", HERE, "markdown")
    assert document.text == f"|  |\n| --- |\n| [sixteen amperes]({url}) |"
    assert [reference.content_id for reference in document.references] == ["2002"]


def test_what_the_editor_could_not_convert_is_read_as_the_storage_format_that_it_is() -> None:
    block = {"type": "confluenceUnsupportedBlock", "attrs": {"cxhtml": macro("info", rich("<p>old</p>"))}}
    inline = {"type": "confluenceUnsupportedInline", "attrs": {"cxhtml": "<u>this</u>"}}
    line = {"type": "paragraph", "content": [{"type": "text", "text": "see "}, inline]}
    assert adf(block, line) == "> [!NOTE]\n> old\n\nsee this"
    tip = {
        "type": "confluenceUnsupportedInline",
        "attrs": {"cxhtml": macro("tooltip", rich("<p>word</p>"), text="tip")},
    }
    spaced = {"type": "confluenceUnsupportedInline", "attrs": {"cxhtml": " <strong>now</strong> "}}
    line = {"type": "paragraph", "content": [tip, spaced, {"type": "text", "text": "then"}]}
    assert adf(line) == "{tooltip: text=tip} word **now** then"


def test_issues_and_queries_of_jira_in_adf_are_text_and_links() -> None:
    issue = {"type": "paragraph", "content": [{"type": "confluenceJiraIssue", "attrs": {"issueKey": "AB-1"}}]}
    query = {"type": "blockCard", "attrs": {"datasource": {"id": "x", "parameters": {"jql": "project = AB"}}}}
    body = json.dumps({"type": "doc", "content": [issue, query]})
    document = read(body, "atlas_doc_format", HERE, "markdown")
    assert document.text == "AB-1\n\n{jira: project = AB}"
    assert [reference.written for reference in document.references] == ["jira:AB-1", "jql:project = AB"]


def test_a_card_that_knows_its_target_is_called_by_its_name() -> None:
    card = {"type": "inlineCard", "attrs": {"data": {"url": "https://e.org/z", "name": "Zed"}}}
    assert adf({"type": "paragraph", "content": [card]}) == "[Zed](https://e.org/z)"


LONG = "x^2 + \\alpha " * 40


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (macro("mathjax-inline-macro", equation="2+2=4"), "{mathjax-inline-macro: equation=2+2=4}"),
        (macro("money", amount="1,250.00", date="2024-05-01"), "{money: amount=1,250.00; date=2024-05-01}"),
        (macro("chart", width="300", atlassian_x="true"), "{chart}"),
        (macro("app", data="QUJD" * 40), "{app}"),
        (macro("app", text="word " * 60), f"{{app: text={('word ' * 60).strip()}}}"),
        (macro("app", query=LONG), f"{{app: query={LONG.strip()}}}"),
        (macro("app", source="https://e.org/" + "a" * 100), f"{{app: source=https://e.org/{'a' * 100}}}"),
    ],
)
def test_parameters_keep_words_and_numbers_whole_and_drop_layout_and_blobs(body: str, shown: str) -> None:
    assert markdown(body) == shown


def deflated(text: str) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(quote(text).encode()) + packer.flush()).decode()


def test_a_packed_diagram_is_read() -> None:
    source = "@startuml\nA -> B: hi\n@enduml"
    assert markdown(macro("plantumlcloud", data=deflated(source), compressed="true")) == f"```plantuml\n{source}\n```"


def test_a_diagram_alone_in_a_paragraph_is_a_block() -> None:
    drawn = macro("plantumlcloud", data=deflated("A -> B\nB -> C"), compressed="true")
    assert markdown(f"<p>{drawn}</p>") == "```plantuml\nA -> B\nB -> C\n```"


def test_a_packed_bomb_is_cut_and_a_broken_pack_is_no_text() -> None:
    assert len(markdown(macro("plantumlcloud", data=deflated("a" * 50 * MOST_UNPACKED)))) < MOST_UNPACKED + 100
    assert markdown(macro("plantumlcloud", data="!!! no base64")) == "{plantumlcloud: data=!!! no base64}"


def test_the_bars_of_a_roadmap_are_named() -> None:
    bars = {"title": "Plan", "lanes": [{"title": "Lane", "bars": [{"title": "Campaign"}]}]}
    assert markdown(macro("roadmap", source=quote(json.dumps(bars)), hash="f0")) == "{roadmap: Plan; Lane; Campaign}"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (macro("foo", rich("<p>one</p>") + rich("<p>two</p>")), "{foo}\n\none\n\ntwo"),
        (macro("foo", rich("<p>one</p>") + plain("two")), "```foo\ntwo\n```\n\none"),
        (macro("expand", plain("in")), "```\nin\n```"),
        (macro("quote", plain("in")), "> ```\n> in\n> ```"),
        (macro("info", "in <em>it</em> all"), "> [!NOTE]\n> in\n>\n> *it*\n>\n> all"),
        (macro("foo", "<p>in</p>" + rich("<p>it</p>")), "{foo}\n\nit\n\nin"),
        (macro("mermaid-macro", plain("graph")), "```mermaid\ngraph\n```"),
        ('<ac:structured-macro ac:name="code"><ac:parameter ac:name="">java</ac:parameter>' + plain("x")
         + "</ac:structured-macro>", "```java\nx\n```"),
    ],
)  # fmt: skip
def test_a_body_is_read_wherever_a_macro_keeps_it(body: str, shown: str) -> None:
    assert markdown(body) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"Start {macro('excerpt', rich('core'))} go on.", "Start core go on."),
        (f"Start {macro('excerpt', rich('<p>core</p>'))}, go on.", "Start core, go on."),
        (f"Energy {macro('mathinline', plain('x_1'))} ok", "Energy `x_1` ok"),
        (f"a {macro('tooltip', rich('<p>word</p>'), text='tip')} b", "a {tooltip: text=tip} word b"),
        (f"x {macro('code', plain('a'))} y", "x\n\n```\na\n```\n\ny"),
        (macro("excerpt", rich("<p>alone</p>")), "alone"),
        (f"x {macro('excerpt', rich('<ul><li>a</li></ul>'))} y", "x\n\n- a\n\ny"),
    ],
)
def test_a_macro_of_one_line_stays_in_its_sentence(line: str, shown: str) -> None:
    assert markdown(f"<p>{line}</p>") == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("<ul><li>{}</li></ul>", "- {}"),
        ("<table><tr><td>{}</td></tr></table>", "|  |\n| --- |\n| {} |"),
        ("<ac:task-list><ac:task><ac:task-body>{}</ac:task-body></ac:task></ac:task-list>", "- [ ] {}"),
        ("<h2>{}</h2>", "## {}"),
        (macro("info", rich("{}")), "> [!NOTE]\n> {}"),
        ("{}", "{}"),
    ],
)
@pytest.mark.parametrize(
    ("line", "text"),
    [
        (f"Start {macro('excerpt', rich('<p>core</p>'))} go on.", "Start core go on."),
        (f"{macro('mathinline', plain('x_1'))} is it", "`x_1` is it"),
        (f"{macro('chart', name='Sales')} of May", "{chart: name=Sales} of May"),
        ('<ac:image><ri:attachment ri:filename="i.png"/></ac:image> is it', "![i.png](IMAGE) is it"),
    ],
)
def test_a_line_without_a_paragraph_around_it_is_not_torn(body: str, shown: str, line: str, text: str) -> None:
    found = re.sub(r"\(https://[^)]*\)", "(IMAGE)", markdown(body.replace("{}", line)))
    assert found == shown.replace("{}", text)


def test_blocks_side_by_side_are_no_line() -> None:
    image = '<ac:image><ri:url ri:value="https://e.org/i.png"/></ac:image>'
    shown = "![https://e.org/i.png](https://e.org/i.png)"
    assert markdown(f"{image}{image}{macro('chart')}<p>x</p>") == f"{shown}\n\n{shown}\n\n{{chart}}\n\nx"


def test_a_paragraph_of_many_macros_takes_work_in_proportion_to_them() -> None:
    def work(times: int) -> int:
        body = f"<p>{macro('excerpt', rich('core')) * times}</p>"
        return calls(lambda: read(body, "storage", HERE, "markdown"))

    assert work(800) <= 5 * work(200)


def test_code_in_a_cell_keeps_its_lines_and_their_indentation() -> None:
    code = macro("code", plain("def f():\n    return 1\n\nx"))
    assert markdown(f"<table><tr><td>{code}</td></tr></table>").splitlines()[-1] == (
        "| `def f():`<br>`    return 1`<br> <br>`x` |"
    )


def test_queries_of_jira_side_by_side_are_apart_and_a_key_stays_in_its_sentence() -> None:
    both = macro("jira", jqlQuery="project = A") + macro("jirachart", jql="project = B")
    assert markdown(both) == "{jira: jqlQuery=project = A}\n\n{jirachart: jql=project = B}"
    assert markdown(f"see {macro('jira', key='AB-1')} first") == "see AB-1 first"


def test_macros_of_the_old_notation_refer_to_what_they_show() -> None:
    include = '<ac:macro ac:name="include"><ac:default-parameter>KEY:A page</ac:default-parameter></ac:macro>'
    jira = '<ac:macro ac:name="jira"><ac:parameter ac:name="key">AB-1</ac:parameter></ac:macro>'
    document = read(include + jira, "storage", HERE, "markdown")
    assert document.text == "{include: [A page](https://acme.atlassian.net/wiki/display/KEY/A+page)}\n\nAB-1"
    assert [(each.kind, each.written) for each in document.references] == [
        ("include", "page:KEY/A page"),
        ("jira", "jira:AB-1"),
    ]


def test_the_emoji_of_a_panel_stands_before_its_text_in_both_formats() -> None:
    icon = {"panelIcon": ":rocket:", "panelIconId": "1f680", "panelIconText": "🚀"}
    content = [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]
    panel = {"type": "panel", "attrs": {"panelType": "custom", **icon}, "content": content}
    assert markdown(macro("panel", rich("<p>x</p>"), **icon)) == adf(panel) == "> 🚀 x"


def test_an_emoji_is_read_by_its_id() -> None:
    emoji = {"ac:name": "blue-star", "ac:emoji-shortname": ":tada:", "ac:emoji-fallback": ":tada:"}
    written = " ".join(f'{name}="{value}"' for name, value in emoji.items())
    assert markdown(f'<p><ac:emoticon {written} ac:emoji-id="1f389"/></p>') == "🎉"
    assert markdown(f'<p><ac:emoticon {written} ac:emoji-id="d800"/></p>') == ":tada:"
    line = {
        "type": "paragraph",
        "content": [{"type": "emoji", "attrs": {"shortName": ":flag_se:", "id": "1f1f8-1f1ea"}}],
    }
    assert adf(line) == "🇸🇪"


def test_a_place_that_only_a_macro_knows_is_no_link() -> None:
    here = macro("pagetree", root='<ac:link><ri:page ri:content-title="@self"/></ac:link>')
    there = macro("livesearch", spaceKey='<ri:space ri:space-key="currentSpace()"/>')
    document = read(here + there, "storage", HERE, "markdown")
    assert (document.text, document.references) == ("{pagetree}\n\n{livesearch}", ())


@pytest.mark.parametrize(("name", "parameter"), [("drawio", "diagramName"), ("gliffy", "name"), ("view-file", "name")])
def test_a_file_that_a_macro_names_is_a_link_in_both_formats(name: str, parameter: str) -> None:
    stored = read(macro(name, **{parameter: "Net plan"}), "storage", HERE, "none").references
    attrs = {
        "extensionType": "com.atlassian.confluence.macro.core",
        "extensionKey": name,
        "parameters": {"macroParams": {parameter: {"value": "Net plan"}}},
    }
    body = json.dumps({"type": "doc", "content": [{"type": "extension", "attrs": attrs}]})
    assert stored == read(body, "atlas_doc_format", HERE, "none").references
    assert [(reference.kind, reference.filename) for reference in stored] == [("attachment", "Net plan")]
