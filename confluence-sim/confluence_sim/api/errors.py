"""Answers that are errors."""

from __future__ import annotations

from collections.abc import Mapping


class ApiError(Exception):
    """An answer that is an error; each dialect has its own words for it.

    Args:
        status: HTTP status.
        code: v2's code, such as ``NOT_FOUND``.
        title: one sentence.
        detail: more, or None.
        headers: further headers.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
