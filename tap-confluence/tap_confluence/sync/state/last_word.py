"""What STATE says of the run that writes it, for whoever keeps a ledger of runs. It moves no bookmark.

``{"spaces": {"unfinished": true}}`` until the run has come to its end, then what it cost:
``{"spaces": {"run": {"requests": 12, "points": 85, …}}}``, until the next run begins.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any


def begin(state: MutableMapping[str, Any]) -> None:
    """A run begins: until it has finished, every STATE says so."""
    memory = state.setdefault("bookmarks", {}).setdefault("spaces", {})
    memory["unfinished"] = True
    memory.pop("run", None)


def finish(state: MutableMapping[str, Any], figures: Mapping[str, int | str]) -> None:
    """The run came to its end, and to these figures."""
    memory = state.setdefault("bookmarks", {}).setdefault("spaces", {})
    memory.pop("unfinished", None)
    memory["run"] = dict(figures)
