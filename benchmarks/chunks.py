"""What chunks of real pages are like, and how many keep their ids when a page is edited.

Runs this checkout's target and, where its path is given (``--other``), that of another one on the same pages, a folder
of bodies in storage format (``*.storage.xhtml``), with the settings as they are without a configuration; then again
with an edit in each page, as often as ``--edits`` says, each time elsewhere: one word more at the end of a text, and a
paragraph more behind one. An id survives if the edited page still has a chunk of that id. The share that survives is
lower where chunks are fewer, since one at least goes with each edit; how many go with one can be compared.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

OWN = Path(sys.executable).parent / "target-cdm-docs"
SHORT = 100
"""Characters; less says little by itself."""
_END_OF_LINE = re.compile(r"[^\s>](?=</(?!ac:(?:parameter|task)|h\d))")
_URL = re.compile(r"(?:https?://|/(?:wiki|display|pages)/)[^\s)>\]]+")


@dataclass(frozen=True)
class Chunk:
    """A row of ``cdm_doc_chunk``."""

    cdm_id: str
    text: str


def chunks(target: Path, bodies: dict[str, str]) -> dict[str, list[Chunk]]:
    """Return the chunks of each page, as a target writes them into files."""
    common = dict.fromkeys(("created_at", "updated_at", "observed_at"), "2026-01-05T09:00:00.000Z")
    common |= {"type": "page", "status": "current", "space_id": "7", "space_key": "ENG", "version": 1}
    pages = [
        {**common, "id": name, "title": name, "body": body, "body_format": "storage"} for name, body in bodies.items()
    ]
    schema = {"properties": {name: {} for name in pages[0]}}
    lines = [{"type": "SCHEMA", "stream": "pages", "key_properties": ["id"], "schema": schema}]
    lines += [{"type": "RECORD", "stream": "pages", "record": page} for page in pages]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        config.write_text(json.dumps({"destination": f"ndjson:///{folder}/out", "chunks_enabled": True}))
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        subprocess.run([target, "--config", config], input=text, text=True, check=True, capture_output=True)
        found: dict[str, list[Chunk]] = defaultdict(list)
        for file in Path(folder).glob("out/**/*cdm_doc_chunk*"):
            for row in map(json.loads, file.read_text().splitlines()):
                found[row["item_cdm_id"].rpartition(":")[2]].append(Chunk(row["cdm_id"], row["text"]))
    return found


def one_word_more(body: str, share: float) -> str:
    """Return a body with a word more at a place that is this share of all that it could be put to."""
    places = [match.end() for match in _END_OF_LINE.finditer(body)]
    place = places[int(share * len(places))]
    return f"{body[:place]} edited{body[place:]}"


def one_paragraph_more(body: str, share: float) -> str:
    """Return a body with a paragraph more behind another."""
    places = [match.end() for match in re.finditer("</p>", body)]
    place = places[int(share * len(places))]
    return f"{body[:place]}<p>{'A paragraph that somebody added here. ' * 3}</p>{body[place:]}"


EDITS: dict[str, Callable[[str, float], str]] = {
    "one word more": one_word_more,
    "one paragraph more": one_paragraph_more,
}


def surviving(before: dict[str, list[Chunk]], after: dict[str, list[Chunk]]) -> tuple[int, int]:
    """Return how many chunks there were, and how many of their ids are there still."""
    there = {each.cdm_id for found in after.values() for each in found}
    return sum(map(len, before.values())), sum(each.cdm_id in there for found in before.values() for each in found)


def has_headless_table(text: str) -> bool:
    """Say whether a text has rows of a table without the header above them."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        starts = line.startswith("|") and not lines[place - 1].startswith("|") if place else line.startswith("|")
        if starts and not (place + 1 < len(lines) and re.fullmatch(r"\|( :?---:? \|)+", lines[place + 1])):
            return True
    return False


def has_open_fence(text: str) -> bool:
    """Say whether a fence of code is opened and not closed, or the other way round."""
    return sum(bool(re.match(r"[\s>]*```", line)) for line in text.split("\n")) % 2 == 1


def is_mostly_url(text: str) -> bool:
    """Say whether more than half of a text is URLs."""
    return 2 * sum(map(len, _URL.findall(text))) > len(text)


def describe(found: Iterable[list[Chunk]]) -> list[tuple[str, str]]:
    """Return the statistics of chunks."""
    texts = [each.text for chunks_of_page in found for each in chunks_of_page]
    with_rows = [text for text in texts if re.search(r"^\|", text, re.MULTILINE)]
    with_code = [text for text in texts if "```" in text]
    return [
        ("chunks", f"{len(texts):,}"),
        ("characters, median", f"{median(map(len, texts)):,.0f}"),
        ("with rows of a table", f"{len(with_rows):,}"),
        ("of these without its header", f"{sum(map(has_headless_table, with_rows)):,}"),
        ("with code in a fence", f"{len(with_code):,}"),
        ("of these with an open fence", f"{sum(map(has_open_fence, with_code)):,}"),
        ("more than half URL", f"{sum(map(is_mostly_url, texts)):,}"),
        (f"less than {SHORT} characters", f"{sum(len(text) < SHORT for text in texts):,}"),
    ]


def measure(target: Path, bodies: dict[str, str], edits: int) -> list[tuple[str, str]]:
    """Return what a target makes of pages, and what stays of it under edits."""
    before = chunks(target, bodies)
    told = describe(before.values())
    for name, edit in EDITS.items():
        were, are = 0, 0
        for number in range(edits):
            edited = {page: edit(body, (number + 0.5) / edits) for page, body in bodies.items()}
            there, still = surviving(before, chunks(target, edited))
            were, are = were + there, are + still
        told.append((f"ids that survive {name}", f"{are / were:.1%}"))
        told.append(("ids that such an edit takes away", f"{(were - are) / edits / len(bodies):.2f}"))
    return told


def main() -> None:
    """Print the statistics, side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="?", default=Path("../shared/real-pages"))
    parser.add_argument("--edits", type=int, default=8, help="places in each page")
    parser.add_argument("--other", type=Path, help="another target-cdm-docs, such as an older checkout's")
    given = parser.parse_args()
    bodies = {file.name.split(".")[0]: file.read_text() for file in sorted(given.pages.glob("*.storage.xhtml"))}
    columns = [measure(target, bodies, given.edits) for target in ([given.other] if given.other else []) + [OWN]]
    for rows in zip(*columns, strict=True):
        print(f"{rows[0][0]:36}" + "".join(f"{value:>10}" for _, value in rows))


if __name__ == "__main__":
    main()
