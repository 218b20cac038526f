"""What is remembered of a record: how its row is called, its version, and a digest of what makes no version. Pure."""

from __future__ import annotations

from hashlib import blake2s
from typing import NamedTuple

from tap_confluence.api.query import Record
from tap_confluence.sync.state.known_rows import UNKNOWN_VERSION, Known

_DIGEST_BYTES = 5
KEPT_BYTES = 4
"""One change in 4 x 10^9 goes unnoticed; more would make STATE larger. Earlier releases kept all five."""
_MOST_DIGITS = 18


class Key(NamedTuple):
    """What a row is called in ``content_inventory`` and ``tombstones``."""

    type: str
    id: str


COMMENT = "comment"
REPLY = "reply"
SPACE = "space"
COMMENT_KINDS = tuple(f"{location}_{what}" for location in ("footer", "inline") for what in (COMMENT, REPLY))
"""Comments by where they stand, as ``key_of`` tells them apart."""


def key_of(record: Record) -> Key:
    """A record's key; comments are told apart by where they stand, since each kind is swept by itself."""
    kind = record["type"]
    if kind == COMMENT:
        kind = f"{record['location']}_{COMMENT if record['parent_comment_id'] is None else REPLY}"
    return Key(kind, record["id"])


def type_of(key: Key) -> str:
    """The type of content that a key means, as rows name it."""
    return COMMENT if key.type.endswith((f"_{COMMENT}", f"_{REPLY}")) else key.type


def digest_of(record: Record) -> int:
    """What may change without a new version, in short; never 0."""
    parts = [parent_of(record), record.get("position"), record["title"], record["status"]]
    if record["type"] == COMMENT:
        parts.append(record["resolution_status"])
    text = "\x1f".join(map(str, parts))
    digest = blake2s(text.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest[:KEPT_BYTES], "big") or 1


def parent_of(record: Record) -> str | None:
    """What a row lies below, answers or hangs on."""
    found: str | None = record.get("parent_id") or record.get("parent_comment_id") or record.get("container_id")
    return found


def known_of(record: Record, *, wanted: bool = True) -> Known:
    """What is to be remembered of a record."""
    version = record["version"]
    number = UNKNOWN_VERSION if version is None else min(max(version, 0), UNKNOWN_VERSION - 1)
    return Known(number, digest_of(record) if wanted else 0)


def row_of(record: Record) -> Record:
    """A record as ``content_inventory`` tells it."""
    return {
        "type": record["type"],
        "id": record["id"],
        "space_id": record["space_id"],
        "status": record["status"],
        "title": record["title"],
        "parent_id": parent_of(record),
        "position": record.get("position"),
        "version": record["version"],
        "seen_at": record["observed_at"],
        "count": None,
    }


def name_of(kind: str, prefix: str) -> str:
    """What STATE calls the rows of a type whose ids have this prefix."""
    return f"{kind}:{prefix}" if prefix else kind


def split(content_id: str) -> tuple[str, int]:
    """An id as what stands before its number, and the number: ``att``, 42; one without digits has the number 0."""
    if content_id.isascii() and content_id.isdigit() and content_id[0] != "0" and len(content_id) <= _MOST_DIGITS:
        return "", int(content_id)
    text = content_id[-_MOST_DIGITS:]
    digits = text[len(text.rstrip("0123456789")) :].lstrip("0")
    return content_id[: len(content_id) - len(digits)], int(digits or 0)


def joined(prefix: str, number: int) -> str:
    """The id that ``split`` took apart."""
    return f"{prefix}{number or ''}"
