"""URLs of references that name a thing without its URL. Pure.

The paths are those that Cloud and Data Center both lead on from, whatever they show afterwards.
"""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus

from cdm_docs.content.nodes import Inline, Link, Person
from cdm_docs.content.reference import Context, Reference

_UNFIT_ID = re.compile(r"[{}|\s]")
_IN_ANCHORS = "%!$&'*+,;=:@/?~"


def address(reference: Reference, context: Context) -> str | None:
    """Return where a reference leads: absolute where the site is known, else from the site's root.

    None for what only the site's settings or its database could tell: people, Jira issues, short links, media ids.
    """
    if reference.url is not None:
        return reference.url
    # Cloud writes anchors encoded, Data Center as they are: what is encoded stays.
    anchor = f"#{quote(reference.anchor, safe=_IN_ANCHORS)}" if reference.anchor else ""
    if anchor and reference.content_id == context.container_id:
        return anchor
    path = _path(reference, context)
    return None if path is None else f"{(context.site_url or '').rstrip('/')}{path}{anchor}"


def _path(reference: Reference, context: Context) -> str | None:
    if reference.filename is not None and reference.title is None:
        container = reference.content_id or context.container_id
        return f"/download/attachments/{_quoted(container)}/{_quoted(reference.filename)}"
    if reference.content_id is not None:
        return f"/pages/viewpage.action?pageId={_quoted(reference.content_id)}"
    key = None if reference.space_key is None else quote(reference.space_key, safe="~")
    if reference.title is not None:
        title = quote_plus(reference.title)
        if key is None:
            return f"/pages/viewpage.action?title={title}"
        day = dict(reference.extra).get("posting_day")
        return f"/display/{key}/{quote(day)}/{title}" if day else f"/display/{key}/{title}"
    return None if key is None else f"/display/{key}"


def _quoted(text: str) -> str:
    return text if text.isascii() and text.isalnum() else quote(text, safe="")


def shown(reference: Reference, context: Context) -> Inline:
    """Return a reference whose body gives no text: a link with a name for it, or a person."""
    if reference.account_id is not None:
        return person(reference.account_id)
    return Link(address(reference, context), [name(reference)], reference)


def person(account_id: str) -> Inline:
    """Return the mark of a person; as text where an id could not be told from what follows it."""
    return f"@{account_id}" if _UNFIT_ID.search(account_id) else Person(account_id)


def name(reference: Reference) -> str:
    """Return what to call a reference whose body gives no text."""
    extra = dict(reference.extra)
    return (
        reference.filename
        or reference.title
        or reference.anchor
        or extra.get("jira_key")
        or extra.get("jql")
        or reference.space_key
        or reference.url
        or reference.written.partition(":")[2]
    )
