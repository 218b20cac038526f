"""References of storage-format bodies, counted on real pages by an independent reading of the same XML."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from cdm_docs.content.links.urls import tiny_id
from cdm_docs.content.read import read
from cdm_docs.content.reference import Context, Reference
from support.bodies import HERE, PAGES, counted, page_name, real_pages

MACRO = '<ac:structured-macro ac:name="{}"><ac:parameter ac:name="{}">{}</ac:parameter></ac:structured-macro>'


def references(body: str, context: Context = HERE) -> list[Reference]:
    return list(read(body, "storage", context, "none").references)


def one(body: str, context: Context = HERE) -> Reference:
    (reference,) = references(body, context)
    return reference


@real_pages
@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_the_references_of_a_real_page_are_those_that_plain_queries_find(page: Path) -> None:
    body = page.read_text(encoding="utf-8")
    found = Counter(reference.written.partition(":")[0] for reference in references(body))
    counts = counted(body)
    for word in ("page", "file", "user", "content"):
        assert found[word] == counts[word], word
    assert found["jira"] + found["jql"] == counts["jira"]
    assert found.total() == sum(counts.values())


@pytest.mark.parametrize(
    ("body", "kind", "written"),
    [
        ('<ac:link><ri:page ri:content-title="A &amp; B"/></ac:link>', "internal", "page:/A & B"),
        (
            '<ac:link ac:anchor="x"><ri:page ri:space-key="K" ri:content-title="A"/></ac:link>',
            "internal",
            "page:K/A#x",
        ),
        (
            '<ac:link><ri:blog-post ri:content-title="N" ri:posting-day="2026/01/02"/></ac:link>',
            "internal",
            "blog:/2026/01/02/N",
        ),
        ('<ac:link><ri:content-entity ri:content-id="7"/></ac:link>', "internal", "content:7"),
        ('<ac:link ac:anchor="there"><ac:plain-text-link-body/></ac:link>', "internal", "content:42#there"),
        ('<ac:image><ri:attachment ri:filename="a.png"/></ac:image>', "attachment", "file:a.png"),
        (
            '<ac:link><ri:attachment ri:filename="a.png"><ri:page ri:content-title="P"/></ri:attachment></ac:link>',
            "attachment",
            "file:/P/a.png",
        ),
        ('<ac:link><ri:user ri:account-id="5:u"/></ac:link>', "mention", "user:5:u"),
        ('<ac:link><ri:user ri:userkey="ff80"/></ac:link>', "mention", "user:ff80"),
        ('<ac:link><ri:space ri:space-key="K"/></ac:link>', "space", "space:K"),
        ('<ac:image><ri:url ri:value="https://e.org/i.png"/></ac:image>', "external", "https://e.org/i.png"),
        ('<ac:link><ri:shortcut ri:key="g" ri:parameter="q"/></ac:link>', "external", "shortcut:g@q"),
        ('<a href=" mailto:a@b.org ">x</a>', "external", "mailto:a@b.org"),
        (
            MACRO.format("include", "", "<ac:link><ri:page ri:content-title='P'/></ac:link>"),
            "include",
            "page:/P",
        ),
        (MACRO.format("jira", "key", "AB-1"), "jira", "jira:AB-1"),
    ],
)
def test_every_kind_of_reference_is_read(body: str, kind: str, written: str) -> None:
    reference = one(f"<p>{body}</p>")
    assert (reference.kind, reference.written) == (kind, written)


@pytest.mark.parametrize(
    ("url", "kind", "content_id", "space_key", "title"),
    [
        ("https://acme.atlassian.net/wiki/spaces/K/pages/7/Some+Title#There", "internal", "7", "K", None),
        ("/wiki/spaces/~712020/blog/2026/01/02/8/News", "internal", "8", "~712020", None),
        ("https://ACME.atlassian.net/wiki/pages/viewpage.action?pageId=9", "internal", "9", None, None),
        ("/wiki/display/K/Some+Title", "internal", None, "K", "Some Title"),
        ("/wiki/x/qoDpDw", "internal", "266961066", None, None),
        ("/wiki/spaces/K/overview", "space", None, "K", None),
        ("/wiki/spaces/viewspace.action?key=K", "space", None, "K", None),
        ("/wiki/spaces/K/pages/edit-v2/88", "internal", "88", "K", None),
        ("/wiki/pages/diffpagesbyversion.action?pageId=7&amp;originalVersion=1", "internal", "7", None, None),
        ("/wiki/pages/viewpreviousversions.action?pageId=7", "internal", "7", None, None),
        ("/wiki/pages/resumedraft.action?draftId=9", "internal", "9", None, None),
        ("/wiki/plugins/servlet/mobile?contentId=12", "internal", "12", None, None),
        ("/wiki/display/K/2026/01/02/News", "internal", None, "K", "News"),
        ("\\\\server\\share", "external", None, None, None),
        ("https://other.atlassian.net/wiki/spaces/K/pages/7", "external", None, None, None),
        ("https://acme.atlassian.net/browse/AB-1", "external", None, None, None),
        ("https://[broken", "external", None, None, None),
    ],
)
def test_a_url_says_where_it_leads(
    url: str, kind: str, content_id: str | None, space_key: str | None, title: str | None
) -> None:
    reference = one(f'<a href="{url}">x</a>')
    assert (reference.kind, reference.content_id) == (kind, content_id)
    assert (reference.space_key, reference.title) == (space_key, title)


@pytest.mark.parametrize(
    ("url", "kind", "content_id", "leads_to"),
    [
        ("https://wiki.acme.org/confluence/pages/viewpage.action?pageId=9", "internal", "9",
         "https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=9"),
        ("http://WIKI.acme.org/confluence/display/K/A+B#x", "internal", None,
         "https://acme.atlassian.net/wiki/display/K/A+B#x"),
        ("https://wiki.acme.org/confluence2/x", "external", None, "https://wiki.acme.org/confluence2/x"),
        ("https://old.acme.org/display/K", "space", None, "https://acme.atlassian.net/wiki/display/K"),
    ],
)  # fmt: skip
def test_a_former_address_of_the_site_leads_to_the_site(
    url: str, kind: str, content_id: str | None, leads_to: str
) -> None:
    former = ("https://wiki.acme.org/confluence/", "https://old.acme.org")
    reference = one(f'<a href="{url}">x</a>', replace(HERE, former_urls=former))
    assert (reference.kind, reference.content_id, reference.url, reference.written) == (kind, content_id, leads_to, url)


def test_a_tiny_link_holds_the_id_in_its_code() -> None:
    assert tiny_id("AQ") == "1"
    assert tiny_id("!") is None
    assert tiny_id("_" * 40) is None


def test_what_no_reader_sees_makes_no_link() -> None:
    script, anchor = '<a href="javascript:alert(1)">x</a>', '<a href="#top">x</a>'
    placeholder = '<ac:placeholder><a href="https://hint.org">x</a></ac:placeholder>'
    adf = '<ac:adf-node type="panel"><ac:adf-content/></ac:adf-node><ac:adf-fallback>{}</ac:adf-fallback>'
    repeated = f"""<ac:adf-extension>{adf.format('<a href="https://twice.org">x</a>')}</ac:adf-extension>"""
    assert references(f"<p>{script}{anchor}{placeholder}{repeated}</p>") == []


def test_a_fallback_that_repeats_what_stands_beside_it_is_not_read_in_a_line_either() -> None:
    link = '<a href="https://e.org">x</a>'
    node = f'<ac:adf-node type="panel"><ac:adf-content>{link}</ac:adf-content></ac:adf-node>'
    body = f"<h2>{node}<ac:adf-fallback>{link}</ac:adf-fallback></h2>"
    document = read(body, "storage", HERE, "markdown")
    assert [reference.url for reference in document.references] == ["https://e.org"]
    assert document.text == "## [x](https://e.org)"


@pytest.mark.parametrize("around", ["<pre>{}</pre>", "<p><pre>{}</pre></p>", "<div>" * 80 + "{}" + "</div>" * 80])
def test_references_are_found_where_only_the_text_is_read(around: str) -> None:
    hint = '<ac:placeholder><a href="https://hint.org">x</a></ac:placeholder>'
    body = around.format(f'<a href="https://e.org">x</a><ac:link><ri:page ri:content-title="P"/></ac:link>{hint}')
    assert {reference.written for reference in references(body)} == {"https://e.org", "page:/P"}


def test_a_body_without_a_site_names_its_pages_all_the_same() -> None:
    nowhere = Context(None, None, "1", "1")
    assert one("<ac:link><ri:page ri:content-title='P'/></ac:link>", nowhere).title == "P"
    assert one("<a href='/wiki/spaces/K/pages/7'>x</a>", nowhere).kind == "external"


def test_a_fragment_that_is_no_xml_is_mended_and_says_so() -> None:
    document = read("<p>a & b <br> <a href='https://e.org'>x</p></strong><p>y", "storage", HERE, "none")
    assert document.recovered
    assert document.problems[0].startswith("broken XML was mended")
    assert [reference.url for reference in document.references] == ["https://e.org"]


def test_a_sound_body_is_not_flagged() -> None:
    assert read("<p>&nbsp;&rarr;<!-- x --></p>", "storage", HERE, "none").problems == ()


HOSTILE = {
    "CDATA never closed": "<![CDATA[" * 100_000,
    "comments never closed": "<!--" * 200_000,
    "tags never closed": "<a href='https://e.org'>" * 40_000,
    "depth 10,000": "<p>" * 10_000 + "x" + "</p>" * 10_000,
    "depth 10,000 of macros": "<ac:structured-macro ac:name='info'><ac:rich-text-body>" * 10_000,
    "ampersands": "&" * 500_000,
    "open brackets": "<a " * 300_000,
    "quotes that run on": '<a "\'" ' * 150_000,
    "links in links": "<a href='x'>" * 200 + "y" * 1_000_000 + "</a>" * 200,
    "an entity bomb": '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><p>&b;</p>',
    "an external entity": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]><p>&a;</p>',
    "NUL and lone surrogates": "<p>a\x00b\ud800c&#0;d&#xD800;e&#x110000;</p>",
    "unknown prefixes": '<x:y z:a="1" xmlns:ac="urn:evil">t</x:y>',
    "numbers without end": f"<ol start='{'9' * 9999}'><li>a</li></ol><table><td rowspan='{'9' * 9999}'/></table>",
    "a URL without end": f"<a href='/{'x' * 500_000}'>a</a>",
    "nothing": "",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_read_to_its_end(body: str) -> None:
    document = read(body, "storage", HERE, "markdown")
    assert document.recovered == bool(document.problems)
    assert all(len(problem) < 200 for problem in document.problems)


def test_a_body_of_another_format_is_kept_and_not_read() -> None:
    for body_format in ("view", "wiki", None):
        document = read("<a href='https://e.org'>x</a>", body_format, HERE, "markdown")
        assert (document.references, document.text) == ((), None)
        assert document.problems == (f"the format '{body_format}' is kept as it is and not read",)
    assert read(None, "storage", HERE, "markdown").text is None
