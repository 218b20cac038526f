"""What holds of every random page."""

from __future__ import annotations

from cdm_docs.content.chunks.chunks import chunk
from cdm_docs.content.chunks.cutting import Cutting
from cdm_docs.content.read import read
from support.bodies import HERE
from support.random_pages import meaning, rendered
from support.random_pages.adf import adf
from support.random_pages.drawing import page
from support.random_pages.storage import storage


def check(seed: int) -> None:
    """Hold a random page's two formats against each other, its text against two readers of Markdown, and its chunks."""
    nodes = page(seed)
    bodies = {"storage": storage(nodes), "atlas_doc_format": adf(nodes)}
    meant = meaning.words(nodes)
    for text_format in ("markdown", "plain"):
        one, other = (read(body, body_format, HERE, text_format) for body_format, body in bodies.items())
        assert one.text == other.text, (seed, bodies)
        keys = [[(each.kind, each.written) for each in document.references] for document in (one, other)]
        assert keys[0] == keys[1], (seed, bodies)
        assert one.problems == other.problems == (), (seed, bodies)
    blocks = read(bodies["storage"], "storage", HERE, "none").blocks
    for size in (120, 1000):
        chunks = chunk(blocks, Cutting(size, links=True))
        held = {word for each in chunks for word in meaning.WORD.findall(f"{each.heading_path} {each.text}")}
        assert held == {word for word, _, _ in meant}, (seed, size, bodies)
        assert all(len(each.text) <= size for each in chunks), (seed, size, bodies)
    plain = read(bodies["storage"], "storage", HERE, "plain").text or ""
    assert meaning.WORD.findall(plain) == [word for word, _, _ in meant], (seed, bodies)
    markdown = read(bodies["storage"], "storage", HERE, "markdown").text or ""
    for name, render in rendered.READERS.items():
        root = rendered.tree(render(markdown))
        assert rendered.words(root) == meant, (seed, name, bodies)
        assert rendered.shapes(root) == meaning.shapes(nodes), (seed, name, bodies)
