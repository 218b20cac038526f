"""Pages drawn by lot. Every word is a number of its own (``w17z``), so that one that is lost, doubled, moved or in
another style is found.
"""

from __future__ import annotations

from itertools import count
from random import Random

from support.random_pages.nodes import MACROS, PANELS, STYLES, Cell, Node

NASTY = [*"*_`~|[]()<>&#\\!-+.:“가", "](", "**"]
URLS = ("https://e.org/x", "https://e.org/a_b?c=d&e=f", "/wiki/spaces/ENG/pages/7/T")
_LINES = ("mention", "emoji", "date", "status", "image", "app line", "macro line", "formula", "jira", "card")
_LEAVES = ["paragraph"] * 8 + ["heading", "heading", "rule", "code block", "app", "picture", "block card"]
_LISTS = ["bullets", "numbers", "tasks", "decisions"]
_BOXES = ["quote", "panel", "new panel", "expand", "macro", "bodied app", "layout", "old"]


def page(seed: int) -> list[Node]:
    """Draw the blocks of a page."""
    pen = _Pen(Random(seed))
    contents = [Node("contents")] if pen.dice.random() < 0.1 else []
    return [*contents, *(pen.block(3) for _ in range(pen.dice.randint(1, 4)))]


class _Pen:
    """Draws nodes.

    Args:
        dice: Decides everything.
    """

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self._numbers = count(1)

    def block(self, depth: int) -> Node:
        """Draw a block with others in it to a depth."""
        dice = self.dice
        kind = dice.choice(_LEAVES if not depth else [*_LEAVES, *_LISTS, *_BOXES, *["table"] * 3])
        if kind in ("paragraph", "heading"):
            return Node(kind, self._line(breaks=kind == "paragraph"), value=dice.randint(1, 6))
        if kind == "code block":
            return Node(kind, text=self._code(), value=dice.choice((None, "python", "sql")))
        if kind == "app":
            codes = [("code", self._code()) for _ in range(dice.choice((0, 0, 1)))]
            return Node(kind, text=self._name(), value=[*self._parameters(0), *codes])
        if kind == "picture":
            caption = self._line(breaks=False) if dice.random() < 0.5 else []
            return Node(kind, caption, text=self._word(), value="https://e.org/i.png")
        if kind == "block card":
            return Node(kind, text=f"https://e.org/{self._name()}")
        if kind == "rule":
            return Node(kind)
        if kind == "table":
            return self._table()
        return self._list(kind, depth - 1) if kind in _LISTS else self._box(kind, depth - 1)

    def _list(self, kind: str, depth: int) -> Node:
        dice, many = self.dice, range(self.dice.randint(1, 3))
        if kind == "tasks":
            return Node(kind, [Node("task", self._line(), value=dice.random() < 0.5) for _ in many])
        if kind == "decisions":
            return Node(kind, [Node("decision", self._line()) for _ in many])
        return Node(kind, [Node("item", self._item(depth)) for _ in many], value=dice.choice((1, 1, 3)))

    def _box(self, kind: str, depth: int) -> Node:
        inside = [self.block(depth) for _ in range(self.dice.randint(1, 2))]
        if kind == "panel":
            return Node(kind, inside, value=self.dice.choice(list(PANELS)))
        if kind == "macro":
            return Node(kind, inside, text=self.dice.choice(MACROS), value=self._parameters(0))
        if kind == "bodied app":
            return Node(kind, inside, text=self._name(), value=self._parameters(0))
        return Node(kind, inside, text=self._name() if kind == "expand" else "")

    def _table(self) -> Node:
        """Draw a table of which some cells are merged; such a cell holds little."""
        dice, height, width = self.dice, self.dice.randint(1, 3), self.dice.randint(1, 3)
        taken: set[tuple[int, int]] = set()
        rows = [Node("row") for _ in range(height)]
        for row in range(height):
            for column in range(width):
                if (row, column) in taken:
                    continue
                wide, tall = (dice.choice((1, 1, 1, 1, 2, 3)) if column or not row else 1 for _ in "ab")
                free = next((n for n in range(column, width) if (row, n) in taken), width) - column
                cell = Cell(header=row == 0 or (column == 0 and dice.random() < 0.1), columns=min(wide, free))
                cell.rows = min(tall, height - row) if column else 1
                covered = cell.columns * cell.rows
                taken |= {(row + r, column + c) for r in range(cell.rows) for c in range(cell.columns)}
                inside = self._item(dice.choice((0, 0, 1))) if covered == 1 else [Node("paragraph", self._short())]
                rows[row].inside.append(Node("cell", inside, value=cell))
        return Node("table", rows, value=width)

    def _short(self) -> list[Node]:
        return [Node("text", text=self._name(), value=(("strong",) if self.dice.random() < 0.3 else (), None))]

    def _item(self, depth: int) -> list[Node]:
        more = range(self.dice.choice((0, 0, 1)) if depth else 0)
        return [Node("paragraph", self._line()), *(self.block(depth) for _ in more)]

    def _line(self, *, breaks: bool = True) -> list[Node]:
        dice = self.dice
        out: list[Node] = []
        for _ in range(dice.randint(1, 4)):
            drawn = dice.random()
            if drawn < 0.08 and breaks and out and out[-1].kind != "break":
                out.append(Node("break"))
            elif drawn < 0.16:
                out.append(self._part())
            elif drawn < 0.2:
                out.append(Node("code", text=self._name()))
            elif drawn < 0.22:
                out.append(Node("old line", [self._words() for _ in range(dice.randint(1, 2))]))
            elif drawn < 0.24:
                plain = [Node("text", text=f"{self._name()} {self._name()}", value=((), None))]
                before, after = (Node("text", text=self._name(), value=((), None)) for _ in "ab")
                out += [before, Node("tooltip", plain, text=self._name()), after]
            else:
                out.append(self._words())
        return out

    def _part(self) -> Node:
        kind = self.dice.choice(_LINES)
        if kind in ("app line", "macro line"):
            return Node(kind, text=self._name(), value=self._parameters(1))
        if kind == "image":
            return Node(kind, text=self._word(), value="https://e.org/i.png")
        if kind == "card":
            return Node(kind, text=f"https://e.org/{self._name()}")
        return Node(kind, text=self._name() if kind in ("status", "formula", "jira") else "")

    def _words(self) -> Node:
        dice = self.dice
        styles = tuple(sorted(dice.sample(list(STYLES), dice.choice((0, 0, 0, 1, 1, 2)))))
        if {"sub", "sup"} <= set(styles):
            styles = ("sub",)
        url = dice.choice(URLS) if dice.random() < 0.15 else None
        said = " ".join(self._word() for _ in range(dice.randint(1, 3)))
        return Node("text", text=f"{dice.choice(('', '', ' '))}{said}{dice.choice(('', '', ' '))}", value=(styles, url))

    def _parameters(self, least: int) -> list[tuple[str, str]]:
        return [(name, self._word()) for name in ("key", "some-text")[: self.dice.randint(least, 2)]]

    def _code(self) -> str:
        return "\n".join("  " * self.dice.randint(0, 2) + self._word() for _ in range(self.dice.randint(2, 3)))

    def _name(self) -> str:
        return f"w{next(self._numbers)}z"

    def _word(self) -> str:
        before, after = ("".join(self.dice.choices(NASTY, k=self.dice.choice((0, 0, 0, 1, 2)))) for _ in "ab")
        return f"{before}{self.dice.choice(('', '', '', '', '1. '))}{self._name()}{after}"
