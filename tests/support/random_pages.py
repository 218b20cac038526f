"""What holds of every random page."""

from __future__ import annotations

from cdm_docs.content.read import read
from support import random_trees as drawn
from support import rendered
from support.bodies import HERE


def check(seed: int) -> None:
    """Hold a random page's two formats against each other, and its text against two readers of Markdown."""
    nodes = drawn.page(seed)
    storage, adf = drawn.storage(nodes), drawn.adf(nodes)
    for text_format in ("markdown", "plain"):
        one, other = read(storage, "storage", HERE, text_format), read(adf, "atlas_doc_format", HERE, text_format)
        assert one.text == other.text, (seed, storage)
        keys = [[(each.kind, each.written) for each in document.references] for document in (one, other)]
        assert keys[0] == keys[1], (seed, storage)
    markdown = read(storage, "storage", HERE, "markdown").text or ""
    for name, render in rendered.READERS.items():
        root = rendered.tree(render(markdown))
        assert rendered.words(root) == drawn.words(nodes), (seed, name, storage)
        assert rendered.shapes(root) == drawn.shapes(nodes), (seed, name, storage)
