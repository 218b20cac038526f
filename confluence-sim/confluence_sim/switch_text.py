"""Switches as words on a command line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from confluence_sim.switches import Switches

Setting = tuple[str, Any]
"""A switch's name and what it is set to."""


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"true or false, not {text}")
    return text == "true"


def _reader(hint: Any) -> Callable[[str], Any]:
    """Return what reads a switch's value; of several types the first that is not None."""
    kind = next((part for part in get_args(hint) if part is not type(None)), hint)
    return _truth if kind is bool else kind


def parse_switch(text: str) -> Setting:
    """Read ``NAME=VALUE``, such as ``index_lag_seconds=60`` or ``dc_next_start_bug=false``.

    Raises:
        ArgumentTypeError: it names no switch, or the value makes no sense.
    """
    name, _, value = text.partition("=")
    hints = get_type_hints(Switches)
    if name not in hints:
        raise ArgumentTypeError(f"no such switch: {name}; known: {', '.join(hints)}")
    try:
        return name, _reader(hints[name])(value)
    except ValueError as error:
        raise ArgumentTypeError(f"{name}: {error}") from error
