"""Faults as words on a command line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from confluence_sim.faults.fault import Fault
from confluence_sim.faults.site_faults import check

READERS: dict[str, Any] = {
    "seed": int,
    "times": int,
    "after": int,
    "share": float,
    "amount": float,
    "path": str,
    "asks": str,
    "holds": str,
    "to": str,
}


def parse_fault(text: str) -> Fault:
    """Read ``NAME[:key=value,…]``, such as ``rate_limit_seconds:seed=7,amount=30``.

    Raises:
        ArgumentTypeError: it names no fault, or a key or value makes no sense.
    """
    name, _, rest = text.partition(":")
    values: dict[str, Any] = {}
    for pair in filter(None, rest.split(",")):
        key, _, value = pair.partition("=")
        if key not in READERS:
            raise ArgumentTypeError(f"{name}: no such key: {key}; known: {', '.join(READERS)}")
        try:
            values[key] = READERS[key](value)
        except ValueError as error:
            raise ArgumentTypeError(f"{name}: {key}: {error}") from error
    fault = Fault(name, **values)
    try:
        check(fault)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
    return fault
