"""The first walk over a group of spaces: by id, since an edit does not move a row then (law 3)."""

from __future__ import annotations

from dataclasses import replace

from tap_confluence.api.base import Api
from tap_confluence.api.walk import Walk
from tap_confluence.client.errors import ConfluenceCursorError
from tap_confluence.sync.plan import Group
from tap_confluence.sync.state.bookmarks import UNPLACED, Resume, position
from tap_confluence.sync.walks.reading import Finished, Found, Reading, Watermark


def read_first(api: Api, group: Group, watermark: Watermark) -> Reading:
    """Walk from the start, or from where an earlier run was interrupted.

    T0 is asked before the walk begins, so the walk is complete through it; a resumed walk keeps its own.

    Raises:
        ConfluenceError: The walk failed.
    """
    resume = group.resume
    t0 = resume.t0 if resume else watermark.ask()
    pages = Walk(api, group.query, cursor=resume.cursor if resume else None)
    try:
        for page in pages:
            yield Found(page, t0)
    except ConfluenceCursorError:
        if resume is None or resume.cursor is None:
            raise
        pages = Walk(api, group.query, cursor=_place_again(api, resume))
        for page in pages:
            yield Found(page, t0, again=True)
    return Finished(pages.proof, t0)


def _place_again(api: Api, resume: Resume) -> str | None:
    """A fresh cursor for the place where the server rejects the old one, found without reading bodies.

    It stands before the first row that was not read yet; rows that were read and come again are passed over by the
    writer (``Resume.passed``).
    """
    cursor: str | None = None
    if resume.last_id is None or resume.query.kind in UNPLACED:
        return None
    last = position(resume.query.kind, resume.last_id, resume.last_created_at)
    for page in Walk(api, replace(resume.query, body_format=None)):
        places = [position(resume.query.kind, record["id"], record["created_at"]) for record in page.records]
        if page.cursor is None or (places and max(places) > last):
            break
        cursor = page.cursor
    return cursor
