"""Charts as SVG, drawn by shapes alone: they need no script and no network. Pure.

Colours come from the page's style sheet, so that they follow its light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 180
_LEFT, _TOP, _BOTTOM = 44, 12, 24


def columns(points: Sequence[tuple[str, float]], *, unit: str) -> str:
    """Return a chart with a column for each point.

    Args:
        points: Labels, in order, and values of zero or more.
        unit: What is counted, for whoever points at a column or cannot see it.
    """
    top = _top(points)
    step = (WIDTH - _LEFT) / max(len(points), 1)
    width = max(min(step * 0.7, 40), 1)
    base = HEIGHT - _BOTTOM
    shapes = [_grid(top)]
    every = max(1, -(-len(points) // 12))
    for n, (label, value) in enumerate(points):
        x = _LEFT + n * step + (step - width) / 2
        height = (base - _TOP) * value / top
        shapes.append(
            f'<rect class="bar" x="{x:.1f}" y="{base - height:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2">'
            f"<title>{escape(label)}: {_number(value)} {escape(unit)}</title></rect>"
        )
        if n % every == 0:
            shapes.append(_label(x + width / 2, label))
    return _svg(shapes, f"{unit}, {_span(points)}")


def area(points: Sequence[tuple[str, float]], *, unit: str) -> str:
    """Return a chart of what grows: a line with the area below it (arguments as of ``columns``)."""
    top = _top(points)
    base = HEIGHT - _BOTTOM
    step = (WIDTH - _LEFT) / max(len(points) - 1, 1)
    places = [(_LEFT + n * step, base - (base - _TOP) * value / top) for n, (_, value) in enumerate(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    every = max(1, -(-len(points) // 8))
    shapes = [
        _grid(top),
        f'<polygon class="area" points="{_LEFT},{base} {line} {places[-1][0] if places else _LEFT:.1f},{base}"/>',
        f'<polyline class="line" points="{line}"/>',
    ]
    for n, ((label, value), (x, y)) in enumerate(zip(points, places, strict=True)):
        shapes.append(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.5">'
            f"<title>{escape(label)}: {_number(value)} {escape(unit)}</title></circle>"
        )
        if n % every == 0:
            shapes.append(_label(x, label))
    return _svg(shapes, f"{unit}, {_span(points)}")


def _top(points: Sequence[tuple[str, float]]) -> float:
    """Return an even number of which the half is round too, not below any value."""
    most = max((value for _, value in points), default=0)
    size = 10.0 ** max(len(str(int(most))) - 1, 0)
    return next((size * n for n in (1, 2, 4, 6, 8, 10) if most <= size * n and (size * n) % 2 == 0), 2)


def _grid(top: float) -> str:
    base = HEIGHT - _BOTTOM
    lines = []
    for share in (0, 0.5, 1):
        y = base - (base - _TOP) * share
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(
            f'<text class="tick" x="{_LEFT - 6}" y="{y + 3:.1f}" text-anchor="end">{_short(top * share)}</text>'
        )
    return "".join(lines)


def _label(x: float, label: str) -> str:
    anchor = "start" if x < _LEFT + 20 else "end" if x > WIDTH - 20 else "middle"
    return f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{escape(label)}</text>'


def _svg(shapes: Sequence[str], words: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">{"".join(shapes)}</svg>'


def _span(points: Sequence[tuple[str, float]]) -> str:
    return f"{points[0][0]} to {points[-1][0]}" if points else "nothing yet"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _short(value: float) -> str:
    for size, sign in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f}".removesuffix(".0") + sign
    return f"{value:.1f}".removesuffix(".0")
