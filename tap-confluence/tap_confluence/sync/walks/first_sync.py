"""The first walk over a group of spaces: by id, since an edit does not move a row then (law 3)."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from tap_confluence.api.base import Api
from tap_confluence.api.walk import Walk
from tap_confluence.client.errors import ConfluenceCursorError, ConfluenceError, is_of_one
from tap_confluence.sync.planning.plan import Group
from tap_confluence.sync.state.bookmarks import UNPLACED, Resume, position
from tap_confluence.sync.walks.reading import Finished, Found, Reading, Watermark, verified


def read_first(api: Api, group: Group, watermark: Watermark) -> Reading:
    """Walk from the start, or from where an earlier run was interrupted.

    T0 is asked before the walk begins, so the walk is complete through it; a resumed walk keeps its own. A resumed
    cursor that is answered by any 4xx is a rejected one: the walk finds its place again, over the spaces that are left.

    Raises:
        ConfluenceError: The walk failed.
    """
    resume, query = group.resume, group.query
    t0 = resume.t0 if resume else watermark.ask(query.space_ids)
    if resume is None:
        t0 = verified(api, query, t0, t0)
    if resume is None or resume.cursor is not None:
        pages = Walk(api, query, cursor=resume.cursor if resume else None)
        try:
            for page in pages:
                yield Found(page, t0)
                if page.records:
                    last = page.records[-1]
                    resume = Resume(group.space_ids, query, t0, None, last["id"], last["created_at"])
            return Finished(t0, pages.proof)
        except ConfluenceError as error:
            if not is_rejection(error, pages, resumed=group.resume is not None):
                raise
    if query.space_ids:
        query = replace(query, space_ids=group.space_ids)
    pages = Walk(api, query, cursor=_place_again(api, replace(resume, query=query)) if resume else None)
    for page in pages:
        yield Found(page, t0, again=True, passed=resume)
    return Finished(t0, pages.proof)


def is_rejection(error: ConfluenceError, pages: Walk, *, resumed: bool) -> bool:
    """Whether a cursor is refused: one that an earlier run kept, by any 4xx; one of this walk, in so many words."""
    if isinstance(error, ConfluenceCursorError):
        return resumed or pages.so_far.rows > 0
    status = error.http_status or 0
    is_first = resumed and not pages.so_far.first_observed_at
    return is_first and is_of_one(error) and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


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
