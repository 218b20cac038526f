"""Values of any JSON as the one schema has them: text, ids, numbers, moments, addresses, bodies. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

Record = dict[str, Any]

_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_NUMERIC_ID = re.compile(r"(?:att)?(\d{1,19})", re.ASCII)
_MOST_PLAIN_DIGITS = 19
"""So many digits may be more than 64 bits."""
_EPOCH_DIGITS = re.compile(r"-?\d{9,16}", re.ASCII)
_DIGITS = re.compile(r"-?\d{1,20}", re.ASCII)
_UNIX = datetime(1970, 1, 1, tzinfo=timezone.utc)
_OURS = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII
)
_NOTHING: Mapping[str, Any] = {}
_LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999, in epoch milliseconds."""
_EARLIEST_MS = -62_135_596_800_000
"""The first of the year 1."""
_CONTAINERS = (
    ("pageId", "page"),
    ("blogPostId", "blogpost"),
    ("attachmentId", "attachment"),
    ("customContentId", "custom_content"),
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a record takes from around its API object.

    Attributes:
        site_url: Origin with context path; relative links are joined to it.
        observed_at: When the server answered.
        body_format: The format that was asked for; None when none was.
        space_keys: Keys by space id, as far as known.
        space_names: Names by space id, as far as known.
        container_spaces: Space ids by id of pages and blog posts, as far as known: what hangs on them names only these.
    """

    site_url: str
    observed_at: str
    body_format: str | None = None
    space_keys: Mapping[str, str] = field(default_factory=dict)
    space_names: Mapping[str, str | None] = field(default_factory=dict)
    container_spaces: Mapping[str, str] = field(default_factory=dict)


def timestamp(value: object) -> str | None:
    """Any of Confluence's notations of a moment as ``YYYY-MM-DDTHH:mm:ss.SSSZ``.

    Args:
        value: RFC 3339 text with any offset, precision or none (then UTC); epoch milliseconds as number or digits
            (FACTS 1.20); anything else, or a moment outside the years 1 to 9999, gives None.
    """
    if isinstance(value, str):
        if _is_in_our_notation(value):
            return value
        if match := _MOMENT.fullmatch(value):
            return _from_parts(match)
        if _EPOCH_DIGITS.fullmatch(value):
            return _from_epoch_ms(int(value))
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value:  # noqa: PLR0124 - NaN
        return _from_epoch_ms(value)
    return None


def _is_in_our_notation(value: str) -> bool:
    """Whether a text needs no change: most come so, and reading their parts takes long."""
    if _OURS.fullmatch(value) is None:
        return False
    if value[8:10] > "28":
        try:
            datetime.fromisoformat(value[:-1])
        except ValueError:
            return False
    return value[:4] != "0000"


def _from_parts(match: re.Match[str]) -> str | None:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(  # noqa: DTZ001 - the offset is taken off below
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59)
        )
        if zone and zone not in "Zz":
            digits = zone[1:].replace(":", "").ljust(4, "0")
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            moment = moment - offset if zone[0] == "+" else moment + offset
    except (ValueError, OverflowError):
        return None
    return f"{moment.isoformat(timespec='seconds')}.{(fraction or '0').ljust(3, '0')[:3]}Z"


def _from_epoch_ms(value: float) -> str | None:
    if not _EARLIEST_MS <= value <= _LATEST_MS:
        return None
    moment = (_UNIX + timedelta(milliseconds=int(value))).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"


def text(value: object) -> str | None:
    """A text as it is; anything else is null."""
    return value if isinstance(value, str) else None


def identifier(value: object) -> str | None:
    """An id as text: v1 sends numbers where v2 sends texts (FACTS 2.16); text with line breaks and the like is none."""
    if isinstance(value, str):
        return value if value.isprintable() and value else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def numeric_id(value: object) -> str | None:
    """The id of a space or content: a number of 64 bits, of attachments behind ``att`` (FACTS 9.1); else null.

    Whatever else came as one is not asked for: among others, it would make the site refuse these as well.
    """
    if isinstance(value, str) and len(value) < _MOST_PLAIN_DIGITS and value.isascii() and value.isdigit():
        return value
    found = identifier(value)
    match = _NUMERIC_ID.fullmatch(found or "")
    return found if match and int(match[1]) < 2**63 else None


def integer(value: object) -> int | None:
    """A whole number of 64 bits, also when it came as digits."""
    if value is None or isinstance(value, bool):
        return None
    if (isinstance(value, str) and _DIGITS.fullmatch(value)) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    return value if isinstance(value, int) and -(2**63) <= value < 2**63 else None


def boolean(value: object) -> bool | None:
    """True or false, else null."""
    return value if isinstance(value, bool) else None


def dig(value: object, *path: str) -> object:
    """What lies at ``path`` inside nested objects; None where the path breaks off."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def part(source: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside another; an empty one where there is none."""
    found = source.get(name)
    return found if isinstance(found, dict) else _NOTHING


def absolute(site_url: str, link: object) -> str | None:
    """A link of an API object as an absolute URL; it is relative to the context path (FACTS 1.14, 2.3)."""
    if not isinstance(link, str) or not link:
        return None
    if link[0] == "/":
        return site_url + link
    return link if link.startswith(("https://", "http://")) else f"{site_url}/{link}"


def without_body(source: Mapping[str, Any]) -> dict[str, Any]:
    """The API's object as ``raw`` holds it."""
    raw = dict(source)
    raw.pop("body", None)
    return raw


def container_of(source: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Id and type of what a v2 attachment, comment or task hangs on."""
    for name, kind in _CONTAINERS:
        if found := numeric_id(source.get(name)):
            return found, kind
    return None, None


def body_of(source: Mapping[str, Any], context: Context) -> tuple[str | None, str | None]:
    """Body and its format; both null when it was not asked for or did not come."""
    if context.body_format is None:
        return None, None
    body = text(part(part(source, "body"), context.body_format).get("value"))
    return body, None if body is None else context.body_format
