"""Bodies cut into chunks: along headings, then to size, each readable alone, stable where nothing was edited."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from cdm_docs.content.chunks.chunks import chunk
from cdm_docs.content.chunks.cutting import Chunk, Cutting
from cdm_docs.content.read import read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.bodies import HERE, PAGES, page_name, real_pages
from support.work import calls

WORDS = "some words of it, and then some more of them. "


def chunks(body: str, size: int = 100, overlap: int = 0, *, links: bool = False) -> list[Chunk]:
    return list(chunk(read(body, "storage", HERE, "none").blocks, Cutting(size, overlap, links=links)))


def pieces(body: str, size: int = 100, overlap: int = 0) -> list[tuple[str | None, str]]:
    return [(each.heading_path, each.text) for each in chunks(body, size, overlap)]


def code(text: str, language: str = "sh") -> str:
    parameter = f'<ac:parameter ac:name="language">{language}</ac:parameter>'
    body = f"<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body>"
    return f'<ac:structured-macro ac:name="code">{parameter}{body}</ac:structured-macro>'


def box(name: str, body: str) -> str:
    return f'<ac:structured-macro ac:name="{name}"><ac:rich-text-body>{body}</ac:rich-text-body></ac:structured-macro>'


def test_a_body_is_cut_along_its_headings() -> None:
    text = WORDS.strip()
    body = f"<p>{text}</p><h1>A</h1><p>{text}</p><h3>B</h3><p>{text}</p><h2>C</h2><p>{text}</p><h1>D</h1><p>{text}</p>"
    assert pieces(body) == [(None, text), ("A", text), ("A > B", text), ("A > C", text), ("D", text)]


def test_headings_in_panels_and_quotations_are_headings() -> None:
    text = WORDS.strip()
    inner = f"<h2>A</h2><p>{text}</p><blockquote><h3>B</h3><p>{text}</p></blockquote>"
    assert pieces(box("panel", inner)) == [("A", text), ("A > B", text)]


def test_a_heading_with_nothing_below_it_is_a_chunk() -> None:
    text = WORDS.strip()
    body = f"<h1>A</h1><h2>Some title</h2><h2>C</h2><p>{text}</p><h1>Some other title</h1>"
    assert pieces(body) == [("A > Some title", "Some title"), ("A > C", text), ("Some other title", "Some other title")]


def test_small_neighbours_are_one_chunk_with_their_headings() -> None:
    body = "<h1>Words</h1>" + "".join(f"<h2>W{number}</h2><p>is {number}</p>" for number in range(3))
    assert pieces(body) == [("Words", "## W0\n\nis 0\n\n## W1\n\nis 1\n\n## W2\n\nis 2")]


def test_a_path_has_no_markup() -> None:
    heading = "<h1><strong>A</strong> <code>b_c</code> <a href='https://e.org'>d]</a> *e*</h1>"
    assert pieces(f"{heading}<p>{WORDS}</p>")[0][0] == "A b_c d] *e*"


def test_a_hash_inside_of_code_is_no_heading_and_escapes_stay_in_code() -> None:
    body = f"<h1>A</h1>{code('# no heading, but a comment')}<p>{WORDS}</p><p>__init__ and 1 [x](y)<br/>* b</p>"
    assert pieces(body, 200) == [
        ("A", f"```sh\n# no heading, but a comment\n```\n\n{WORDS.strip()}\n\n__init__ and 1 [x](y)\n* b")
    ]


def test_running_text_is_cut_at_sentences_and_overlaps_in_whole_ones() -> None:
    sentences = [f"This is sentence number {number}." for number in range(40)]
    found = pieces(f"<h1>A</h1><p>{' '.join(sentences)}</p>", 120, 40)
    assert all(len(text) <= 120 for _, text in found)
    assert {path for path, _ in found} == {"A"}
    cut = [re.findall(r"This is sentence number \d+\.", text) for _, text in found]
    assert [" ".join(each) for each in cut] == [text for _, text in found]
    assert all(first[-1] == second[0] for first, second in pairwise(cut))


def test_paragraphs_that_are_parted_share_their_last_sentences() -> None:
    body = "<p>First one. The end of it.</p><p>The second paragraph is long enough for a chunk.</p>"
    assert pieces(body, 70, 20) == [
        (None, "First one. The end of it."),
        (None, "The end of it.\n\nThe second paragraph is long enough for a chunk."),
    ]


def test_a_sentence_of_chinese_or_japanese_is_not_cut() -> None:
    sentence = "これは検索のための段落です。"
    found = pieces(f"<p>{sentence * 40}</p>", 100)
    assert all(len(text) <= 100 and text.replace(sentence, "") == "" for _, text in found)


def test_a_table_repeats_its_header() -> None:
    rows = "".join(f"<tr><td>key {number}</td><td>a value of it</td></tr>" for number in range(20))
    found = pieces(f"<table><tr><th>Key</th><th>Value</th></tr>{rows}</table>", 150)
    assert len(found) > 3
    assert all(text.startswith("| Key | Value |\n| --- | --- |\n| key ") for _, text in found)
    assert sum(text.count("a value of it") for _, text in found) == 20


def test_a_row_that_is_too_long_for_a_table_names_its_columns() -> None:
    row = f"<tr><td>k</td><td>{WORDS * 5}</td></tr>"
    found = pieces(f"<table><tr><th>Key</th><th>Value</th></tr><tr><td>a</td><td>b</td></tr>{row}</table>", 150)
    assert found[0][1].startswith("| Key | Value |\n| --- | --- |\n| a | b |\n\nKey: k\nValue: some words")


@pytest.mark.parametrize("row", ["", "<tr><td>value</td><td></td></tr>"])
def test_a_header_that_is_longer_than_a_chunk_is_told(row: str) -> None:
    found = pieces(f"<table><tr><th>Key</th><th>{WORDS * 5}</th></tr>{row}</table>", 150)
    told = " ".join(text for _, text in found)
    assert "Key" in told
    assert told.count("some words of it") >= 5
    assert ("value" in told) == bool(row)


def test_code_keeps_its_fence_and_language() -> None:
    lines = [f"print({number})" for number in range(40)]
    found = pieces(code("\n".join(lines), "python"), 100)
    assert len(found) > 3
    assert all(text.startswith("```python\n") and text.endswith("\n```") for _, text in found)
    assert [line for _, text in found for line in text.split("\n")[1:-1]] == lines


def test_a_list_keeps_its_lead_and_its_numbers() -> None:
    items = "".join(f"<li>step number {number} of the plan</li>" for number in range(1, 21))
    found = pieces(f"<p>Do this:</p><ol>{items}</ol>", 120)
    assert all(text.startswith("Do this:\n\n") for _, text in found)
    assert re.findall(r"(\d+)\. step number (\d+)", "\n".join(text for _, text in found)) == [
        (str(number), str(number)) for number in range(1, 21)
    ]


def test_links_are_their_text_or_whole() -> None:
    body = '<p>See <a href="https://e.org/a%20long?address">the long guide</a> and <ac:image><ri:attachment '
    body += 'ri:filename="plan.png"/></ac:image></p>'
    assert pieces(body) == [(None, "See the long guide and plan.png")]
    line = "".join(f'<a href="https://e.org/{number}">one of the links</a> ' for number in range(10, 40))
    for each in chunks(f"<p>{line}</p>", 80, links=True):
        assert re.fullmatch(r"(\[one of the links\]\(https://e.org/\d\d\) ?)+", each.text)


def test_code_that_is_longer_than_a_chunk_is_cut_at_its_blanks() -> None:
    words = [f"word_{number}" for number in range(10, 40)]
    found = pieces(f"<p><code>{' '.join(words)}</code></p>", 80)
    assert re.findall(r"word_\d\d", " ".join(text for _, text in found)) == words


def test_links_without_blanks_between_them_are_whole_too() -> None:
    line = "".join(f'<a href="https://e.org/{number}">one_link</a>word' for number in range(10, 30))
    for each in chunks(f"<p>{line}</p>", 80, links=True):
        assert re.fullmatch(r"(\[one_link\]\(https://e.org/\d\d\)|word)+", each.text)


def test_a_link_that_shows_its_own_url_is_short() -> None:
    url = "https://docs.example.org/en/a/very/long/way/to/the%20guide?v=2#part"
    assert pieces(f'<p>See <a href="{url}">{url}</a>.</p>') == [(None, "See docs.example.org/…/the guide.")]


def test_sizes_may_count_tokens() -> None:
    body = f"<p>{WORDS * 20}</p>"
    found = chunk(read(body, "storage", HERE, "none").blocks, Cutting(12, measure=lambda text: len(text.split())))
    assert all(len(each.text.split()) <= 12 for each in found)
    assert sum(len(each.text.split()) for each in found) == len(WORDS.split()) * 20


def test_a_body_without_words_has_no_chunks() -> None:
    toc = '<ac:structured-macro ac:name="toc"/>'
    assert pieces("") == pieces(" \n\n <p> </p>") == pieces(toc) == []


def test_all_headings_of_small_neighbours_are_told_also_equal_ones_and_those_without_a_text() -> None:
    body = "<h1>A</h1><h2>B</h2><p>b</p><h2>B</h2><p>c</p><h1>D</h1><h2>E</h2><p>e</p>"
    assert pieces(body) == [(None, "# A\n\n## B\n\nb\n\n## B\n\nc\n\n# D\n\n## E\n\ne")]


def test_a_line_across_the_page_is_no_text() -> None:
    assert pieces(f"<p>{WORDS}</p><hr/><h2>A</h2><hr/>") == [(None, f"{WORDS}\n\n## A".replace(" \n", "\n"))]


@dataclass(frozen=True)
class Section:
    """A section of a page that is edited; its words are its own."""

    name: int
    level: int
    title: str
    words: int

    def __str__(self) -> str:
        return f"<h{self.level}>{self.title}</h{self.level}><p>{f'x{self.name}x ' * self.words}</p>"


SECTIONS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from("ABCDEFGHIJ"), st.sampled_from([1, 2, 3, 5, 9, 20, 60])),
    min_size=3,
    max_size=25,
).map(lambda drawn: [Section(number, *each) for number, each in enumerate(drawn)])


def held(found: list[tuple[str | None, str]]) -> dict[tuple[str | None, str], set[int]]:
    return {each: set(map(int, re.findall(r"x(\d+)x", each[1]))) for each in found}


@settings(max_examples=150, deadline=None)
@given(SECTIONS, st.data())
def test_an_edit_of_one_section_changes_that_sections_chunks_alone(
    sections: list[Section], data: st.DataObject
) -> None:
    """A chunk goes or comes only if it holds the section, or is a part of one that did or does."""
    place = data.draw(st.integers(0, len(sections) - 1))
    edited = replace(sections[place], words=data.draw(st.sampled_from([1, 2, 4, 8, 30, 90])))
    after = [*sections[:place], edited, *sections[place + 1 :]]
    sides = [held(pieces("".join(map(str, each)), 200, 40)) for each in (sections, after)]
    beside = {name for side in sides for names in side.values() if place in names for name in names}
    changed = [names for one, other in (sides, sides[::-1]) for chunk, names in one.items() if chunk not in other]
    assert all(names <= beside for names in changed)


def test_a_section_that_comes_or_goes_takes_few_chunks_of_others_with_it() -> None:
    dice = Random(7)
    gone, there = 0, 0
    for _ in range(100):
        title = [f"{dice.choice('ABCDEFGHIJ')}{dice.randrange(99)}" for _ in range(30)]
        sections = [Section(n, dice.randint(1, 3), title[n], dice.choice([1, 2, 3, 5, 9, 20, 60])) for n in range(29)]
        new = Section(99, sections[15].level, title[29], dice.choice([1, 3, 8, 30]))
        few, more = ("".join(map(str, each)) for each in (sections, [*sections[:15], new, *sections[15:]]))
        one, other = ({each for each in pieces(body, 200, 40) if "x99x" not in each[1]} for body in (few, more))
        gone, there = gone + len(one ^ other), there + len(one) + len(other)
    assert gone * 20 < there


BLOCKS = st.recursive(
    st.sampled_from(["<p>kept</p>", "<p>kept. kept kept, kept</p>", "<h2>kept</h2>", "<h1>kept kept</h1>"])
    | st.integers(1, 30).map(lambda number: f"<p>{'kept ' * number}</p>")
    | st.integers(1, 12).map(lambda number: code("kept()\n" * number)),
    lambda inner: st.tuples(
        st.sampled_from(
            [
                *(
                    "<ul><li>{}</li><li>kept</li></ul>",
                    "<ol><li>kept</li><li>{}</li></ol>",
                    "<blockquote>{}</blockquote>",
                ),
                "<table><tr><th>kept</th></tr><tr><td>{}</td></tr><tr><td>kept</td></tr></table>",
                *(box("info", "{}"), box("expand", "{}")),
            ]
        ),
        st.lists(inner, min_size=1, max_size=3).map("".join),
    ).map(lambda pair: pair[0].format(pair[1])),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BLOCKS, min_size=1, max_size=5).map("".join), st.sampled_from([40, 90, 400]))
def test_no_word_of_any_body_is_in_no_chunk_and_no_chunk_is_too_long(body: str, size: int) -> None:
    found = chunks(body, size)
    assert all(len(each.text) <= size for each in found)
    told = [each.text.count("kept") + (each.heading_path or "").count("kept") for each in found]
    assert sum(told) >= body.count("kept")


def test_many_headings_of_one_title_take_work_in_proportion_to_them() -> None:
    def work(times: int) -> int:
        blocks = read("<h2>Notes</h2><p>of this day</p>" * times, "storage", HERE, "none").blocks
        return calls(lambda: chunk(blocks, Cutting(1000, 200)))

    assert work(2000) <= 5 * work(500)


@pytest.mark.parametrize("text", [WORDS, "これは検索のための段落です。", "字" * 40])
def test_cutting_takes_work_in_proportion_to_the_body_whatever_its_script(text: str) -> None:
    def work(times: int) -> int:
        blocks = read(f"<p>{text * times}</p>", "storage", HERE, "none").blocks
        return calls(lambda: chunk(blocks, Cutting(1000, 200)))

    assert work(800) <= 5 * work(200)


@real_pages
@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_the_chunks_of_a_real_page_can_be_read_alone(page: Path) -> None:
    document = read(page.read_text(encoding="utf-8"), "storage", HERE, "plain")
    found = chunk(document.blocks, Cutting(1000, 200))
    assert all(len(each.text) <= 1000 for each in found)
    held = re.sub(
        r"[*`]|</?(?:strong|em|del|su[bp])>", "", " ".join(f"{each.heading_path} {each.text}" for each in found)
    )
    labels = {"Info", "Note", "Tip", "Warning"}  # of panels, which are alerts in Markdown
    text = re.sub(r"https?://\S+", "", document.text or "")
    assert set(re.findall(r"\w+", text)) - labels <= set(re.findall(r"\w+", held))
    for each in found:
        lines = each.text.split("\n")
        assert sum(bool(re.match(r"\s*(> )?```", line)) for line in lines) % 2 == 0, "an open fence"
        in_table = [place for place, line in enumerate(lines) if re.fullmatch(r"\|.*\|", line)]
        starts = [place for place in in_table if place - 1 not in in_table]
        assert all(re.fullmatch(r"\|( --- \|)+", lines[place + 1]) for place in starts), "a table without its header"
        assert sum(map(len, re.findall(r"https?://\S+", each.text))) * 2 <= len(each.text)
