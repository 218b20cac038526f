"""What an answer means: its JSON, or the error it stands for. Pure."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import msgspec

from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceCursorError,
    ConfluenceError,
    ConfluenceNotFoundError,
    ConfluenceRateLimitError,
    ConfluenceRequestError,
    ConfluenceResponseError,
    ConfluenceScopeError,
    ConfluenceServerError,
)
from tap_confluence.client.site import split

_PAGE = 65_536
"""Bytes of a page for people in which its reason is looked for."""
_SHOWN = 300
"""Characters of a server's own words that a message repeats."""
_LOGIN = re.compile(r"log-?in|signin|sign-in|sso|saml|oauth|authorize", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")
_BOM = b"\xef\xbb\xbf"
_TOMCAT = re.compile(r"<b>\s*message\s*</b>(.*?)</p>", re.IGNORECASE | re.DOTALL)
"""Where Tomcat's page tells the reason of a refusal (FACTS 11.8)."""
_TAG = re.compile(r"<[^<>]*>")


class TruncatedError(ValueError):
    """Not JSON, or not all of it."""


def decode(body: bytes) -> Any:
    """The JSON of an answer; lone surrogates and broken UTF-8 inside it become U+FFFD.

    Raises:
        TruncatedError: It is none.
    """
    body = body.removeprefix(_BOM)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _decode_damaged(body)
    except RecursionError:
        raise TruncatedError("nested too deeply") from None


def _decode_damaged(body: bytes) -> Any:
    """JSON that a strict decoder refuses because of its text, not of its form."""
    try:
        data = json.loads(body.decode("utf-8", "replace"), parse_constant=_no_constant)
        return _scrub(data)
    except (ValueError, RecursionError) as error:
        raise TruncatedError(str(error)) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_scrub(item) for item in value]
    if isinstance(value, dict):
        return {_scrub(name): _scrub(item) for name, item in value.items()}
    return value


def is_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether this is a page for people where JSON was promised: a login page, mostly, or not a Confluence at all.

    JSON is JSON whatever a proxy calls it.
    """
    if body.removeprefix(_BOM)[:64].lstrip().startswith((b"{", b"[")):
        return False
    if "html" in headers.get("Content-Type", "").lower():
        return True
    return body[:64].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def words(body: bytes, mask: Callable[[str], str]) -> str:
    """What the server itself says about an error, in one short line; empty when it says nothing readable.

    Args:
        body: Of the answer.
        mask: Takes secrets out, before the line is cut.
    """
    try:
        data = decode(body)
    except TruncatedError:
        data = None
    said: list[object] = _told_by_tomcat(body) if data is None else []
    if isinstance(data, dict):
        errors = data.get("errors")
        if isinstance(errors, list):
            for error in errors:
                if isinstance(error, dict):
                    said += [error.get("title"), error.get("detail")]
        said += [data.get("message"), data.get("error_description"), data.get("error")]
    line = "; ".join(dict.fromkeys(" ".join(item.split()) for item in said if isinstance(item, str) and item.strip()))
    return mask(line)[:_SHOWN]


def _told_by_tomcat(body: bytes) -> list[object]:
    found = _TOMCAT.search(body[:_PAGE].decode("utf-8", "replace"))
    return [html.unescape(_TAG.sub(" ", found[1]))] if found else []


def names_limit(body: bytes) -> bool:
    """Whether a refusal speaks of the limit: a maximum that was lowered, as that of versions was in June 2026."""
    return re.search(r"\blimit\b", words(body, str)) is not None


def phrase(status: int) -> str:
    """A status with its name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def refusal(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    has_cursor: bool,
    scope: str | None,
    mask: Callable[[str], str],
) -> tuple[type[ConfluenceError], str]:
    """The error that a status of 300 or more stands for, and the rest of its message.

    FACTS 4.5 to 4.10 tell how each of them looks.

    Args:
        status: Of the answer.
        headers: Of the answer.
        body: Of the answer.
        has_cursor: The question carried a cursor, which may be what was refused.
        scope: The scope that the question needs, for the message.
        mask: Takes secrets out of what the server says.
    """
    said = words(body, mask)
    message = phrase(status) + (f": {said}" if said else "")
    if 300 <= status < 400:  # noqa: PLR2004 - the class of redirects
        return _redirect(message, headers.get("Location", ""))
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        denied = ConfluenceScopeError if "scope" in said.lower() else ConfluenceAuthError
        return denied, f"{message}; {_reason(status, headers, said)}" + (f" (needs {scope})" if scope else "")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ConfluenceServerError, message
    if status == HTTPStatus.BAD_REQUEST and has_cursor and "cursor" in said.lower():
        return ConfluenceCursorError, message
    kind, hint = _REFUSALS.get(status, (ConfluenceRequestError, ""))
    return kind, message + hint


_REFUSALS: Mapping[int, tuple[type[ConfluenceError], str]] = {
    HTTPStatus.NOT_FOUND: (ConfluenceNotFoundError, "; missing, or not visible to this account"),
    HTTPStatus.TOO_MANY_REQUESTS: (ConfluenceRateLimitError, ""),
}


def _reason(status: int, headers: Mapping[str, str], said: str) -> str:
    """Why the credentials were refused, as far as the answer tells."""
    login = headers.get("X-Seraph-LoginReason", "")
    if "AUTHENTICATION_DENIED" in login:
        return "log in once with a browser to answer the CAPTCHA"
    if "AUTHENTICATED_FAILED" in login:
        return "the user name, password or token is wrong"
    if "scope" in said.lower():
        return "the token lacks a scope"
    if status == HTTPStatus.FORBIDDEN:
        return "the credentials are wrong or lack a permission"
    return "check the credentials"


def _redirect(message: str, location: str) -> tuple[type[ConfluenceError], str]:
    """A redirect is never followed: it would carry the question, if not the credentials, elsewhere."""
    parts = split(location)
    if parts is None:
        return ConfluenceResponseError, f"{message} to what is no address; check base_url"
    target = f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else parts.path
    if _LOGIN.search(f"{parts.hostname or ''}{parts.path}"):
        return ConfluenceAuthError, f"{message} to a login page ({target}); check base_url and the credentials"
    return ConfluenceResponseError, f"{message} to {target}; if the site lives there now, say so in base_url"
