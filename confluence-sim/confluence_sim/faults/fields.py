"""Rows with fields that nobody knows, or without fields that everybody expects (FACTS 1.13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from confluence_sim.api.endpoint import Reply
from confluence_sim.faults.fault import Strike
from confluence_sim.faults.listings import rows_of

Row = dict[str, Any]


def _with_rows(strike: Strike, change: Callable[[Row], Row]) -> Reply | None:
    rows = rows_of(strike.reply)
    if not rows:
        return None
    return replace(strike.reply, body={**strike.reply.body, "results": [change(row) for row in rows]})


def _some(strike: Strike, row: Row) -> str | None:
    """Return the field of a row that is to suffer: of ``amount`` rows one does."""
    if strike.dice.random() * strike.amount >= 1:
        return None
    return strike.dice.choice(sorted(row))


def unknown_fields(strike: Strike) -> Reply | None:
    """Fields of every JSON type that no schema names."""

    def change(row: Row) -> Row:
        news = {"ncsStepVersion": "7", "futureFlag": True, "futureList": [{"deep": [None, 1.5]}], "futureNull": None}
        return {**row, **news, "_expandable": {"new": ""}}

    return _with_rows(strike, change)


def missing_fields(strike: Strike) -> Reply | None:
    """One field of one row in ``amount`` is not there."""

    def change(row: Row) -> Row:
        field = _some(strike, row)
        return {name: value for name, value in row.items() if name != field}

    return _with_rows(strike, change)


def null_fields(strike: Strike) -> Reply | None:
    """One field of one row in ``amount`` is null."""

    def change(row: Row) -> Row:
        field = _some(strike, row)
        return {name: None if name == field else value for name, value in row.items()}

    return _with_rows(strike, change)
