"""What reading a body yields, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdm_docs.content.nodes import Block
from cdm_docs.content.reference import Reference


@dataclass(frozen=True, slots=True)
class Document:
    """A body, read.

    Attributes:
        references: Every distinct reference (kind, written), in the order of first appearance.
        text: The rendering asked for; None when none was asked for or there is no body.
        recovered: True when the body was broken and had to be mended to be read at all.
        problems: What was mended or cut, in a few words each, for the revision's ``properties``.
        blocks: What it says, without the format that it was written in.
        includes: By the key of a reference (kind, written): each place in the text where the other page is shown, as
            the mark that stands there and the name of the excerpt (None: the whole page).
        excerpts: What other pages may show of this one: texts by name, the unnamed one by an empty name.
    """

    references: tuple[Reference, ...]
    text: str | None
    recovered: bool = False
    problems: tuple[str, ...] = ()
    blocks: Sequence[Block] = ()
    includes: Mapping[tuple[str, str], Sequence[tuple[str, str | None]]] = field(default_factory=dict)
    excerpts: Mapping[str, str] = field(default_factory=dict)
