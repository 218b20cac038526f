"""Memories in the form of earlier releases, brought into that of today."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tap_confluence.sync.state.keys import KEPT_BYTES, SPACE, name_of, split
from tap_confluence.sync.state.known_rows import HELD, SEEN, UNKNOWN_VERSION, Known, KnownRows
from tap_confluence.sync.state.packing import unpack


def read_lines(entry: dict[str, Any]) -> dict[str, KnownRows]:
    """What earlier releases remembered, as lines of ``<type> <id> <version> <digest>``."""
    found: defaultdict[str, KnownRows] = defaultdict(KnownRows)
    held = set(unpack(entry.pop("held", None)) if isinstance(entry.get("held"), str) else ())
    if f"{SPACE} {entry['context']['space_id']}" in held:
        entry["held"] = True
    for line in (line for packed in (entry.get("seen"), *entry.get("more", ())) for line in unpack(packed)):
        kind, _, rest = line.partition(" ")
        content_id, version, digest = rest.rsplit(" ", 2)
        known = Known(
            min(int(version), UNKNOWN_VERSION - 1) if version else UNKNOWN_VERSION,
            (int(digest[: 2 * KEPT_BYTES], 16) or 1) if digest else 0,
            HELD if f"{kind} {content_id}" in held else SEEN,
        )
        prefix, number = split(content_id)
        found[name_of(kind, prefix)].put(number, known)
    return dict(found)
