"""The report as a page that needs nothing beside it: no script, no network, no other file.

Whatever stands in a wiki may be hostile: everything is escaped, only ``http`` and ``https`` addresses become links, and
the page's own policy lets nothing else run or load.
"""

from __future__ import annotations

from datetime import datetime, timezone
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from target_cdm_docs.report import charts
from target_cdm_docs.report.figures import LISTED, Figures

_MOODS = {"COMPLETED": "good", "IN_PROGRESS": "soft", "PENDING": "soft", "COMPLETED_WITH_ERRORS": "warn"}


def render(figures: Figures, *, title: str, made_at: datetime) -> str:
    """Return the page.

    Args:
        figures: What it shows.
        title: What it is about.
        made_at: When the figures were asked for.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {
        "number": _number,
        "moment": _moment,
        "day": _day,
        "seconds": _seconds,
        "mood": lambda status: _MOODS.get(status, "bad"),
        "web_address": _web_address,
    }
    template = environment.from_string(files(__package__).joinpath("page.html.jinja").read_text(encoding="utf-8"))
    past = [run for run in reversed(figures.runs) if run["started_at"]]
    records = [(run["started_at"].strftime("%d %b"), float(run["progress_counter"] or 0)) for run in past]
    return template.render(
        figures=figures,
        run=figures.runs[0] if figures.runs else None,
        title=title,
        made_at=made_at,
        limit=LISTED,
        runs_chart=_chart(charts.columns(records, unit="records a run")),
        growth_chart=_chart(charts.area(figures.growth, unit="pages and posts")),
        ages_chart=_chart(charts.columns(figures.ages, unit="pages")),
    )


def _chart(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - made of numbers and escaped labels


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _moment(value: datetime | None) -> str:
    return "" if value is None else f"{value.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


def _day(value: str | None) -> str:
    return (value or "")[:10]


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    minutes, rest = divmod(round(value), 60)
    if not minutes:
        return f"{value:.1f} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _web_address(value: Any) -> str | None:
    """Return an address that a browser opens as a page; anything else in its place would run."""
    if not isinstance(value, str):
        return None
    try:
        return value if urlsplit(value).scheme in {"http", "https"} else None
    except ValueError:
        return None
