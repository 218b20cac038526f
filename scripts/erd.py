"""The entity-relationship diagram as SVG: every table with every column, and a line for each reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, GAP, ROW, HEAD, MARGIN, COLUMNS = 280, 70, 15, 22, 20, 4
"""Pixels: a table's width, what is between tables, a column's and a name's height, the edge; tables side by side."""
COLOURS = ("#1f6feb", "#b35900", "#1a7f37", "#8250df", "#bf3989", "#57606a")


@dataclass(frozen=True, slots=True)
class Entity:
    """A table: its columns with their types, which of them are its key, and the tables that columns lead to."""

    name: str
    columns: Sequence[tuple[str, str]]
    key: Sequence[str]
    leads_to: Mapping[str, Sequence[str]]

    @property
    def height(self) -> int:
        """Pixels from its upper to its lower edge."""
        return HEAD + ROW * len(self.columns) + 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table's upper left corner is."""

    x: int
    y: int


def placed(entities: Sequence[Entity]) -> dict[str, Place]:
    """Put each table, in their order, below what is shortest by now."""
    below = [MARGIN] * COLUMNS
    places = {}
    for entity in entities:
        column = below.index(min(below))
        places[entity.name] = Place(MARGIN + column * (WIDTH + GAP), below[column])
        below[column] += entity.height + GAP // 2
    return places


def line(start: Place, row: int, end: Place, colour: str, title: str) -> str:
    """A curve from a column to the name of the table that it leads to."""
    y, goal = start.y + HEAD + ROW * row + ROW // 2 + 2, end.y + HEAD // 2
    right = start.x < end.x
    x, side = start.x + (WIDTH if right else 0), end.x + (0 if right else WIDTH)
    if start.x == end.x:
        x = side = start.x + WIDTH
    bend = x + GAP // 2 if right or start.x == end.x else x - GAP // 2
    back = side - GAP // 2 if right else side + GAP // 2
    path = f"M{x} {y} C{bend} {y} {back} {goal} {side} {goal}"
    return f'<path d="{path}" stroke="{colour}"><title>{escape(title)}</title></path>'


def box(entity: Entity, place: Place) -> Iterator[str]:
    """A table."""
    yield f'<rect x="{place.x}" y="{place.y}" width="{WIDTH}" height="{entity.height}" class="box"/>'
    yield f'<rect x="{place.x}" y="{place.y}" width="{WIDTH}" height="{HEAD}" class="head"/>'
    yield f'<text x="{place.x + 8}" y="{place.y + 15}" class="name">{escape(entity.name)}</text>'
    for row, (name, kind) in enumerate(entity.columns):
        y = place.y + HEAD + ROW * row + 13
        mark = "key" if name in entity.key else "reference" if name in entity.leads_to else "plain"
        yield f'<text x="{place.x + 8}" y="{y}" class="{mark}">{escape(name)}</text>'
        yield f'<text x="{place.x + WIDTH - 8}" y="{y}" class="type">{escape(kind)}</text>'


STYLE = """text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}
.name{font-weight:bold;fill:#fff;font-size:12px}
.key{font-weight:bold}.reference{fill:#0550ae}.type{text-anchor:end;fill:#59636e}
.box{fill:#fff;stroke:#8c959f}.head{fill:#24292f}path{fill:none;stroke-width:1.2;opacity:.55}"""


def diagram(entities: Sequence[Entity]) -> str:
    """Return the diagram as SVG.

    Args:
        entities: The tables, those first that others lead to.
    """
    places = placed(entities)
    height = max(places[each.name].y + each.height for each in entities) + MARGIN
    width = 2 * MARGIN + COLUMNS * WIDTH + (COLUMNS - 1) * GAP
    colours = {each.name: COLOURS[number % len(COLOURS)] for number, each in enumerate(entities)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<title>Tables and columns</title><style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>',
    ]
    for entity in entities:
        for row, (name, _) in enumerate(entity.columns):
            for goal in entity.leads_to.get(name, ()):
                title = f"{entity.name}.{name} is a cdm_id of {goal}"
                parts.append(line(places[entity.name], row, places[goal], colours[goal], title))
    for entity in entities:
        parts += box(entity, places[entity.name])
    return "\n".join([*parts, "</svg>"]) + "\n"
