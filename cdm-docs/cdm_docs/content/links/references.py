"""References, told the same way whatever format they were written in. Pure.

``Reference.written`` is the reference in one canonical form; with ``kind`` it tells a link from its siblings:

| what | kind | written |
|---|---|---|
| page by title | internal | ``page:<space key>/<title>#<anchor>`` |
| blog post by title | internal | ``blog:<space key>/<posting day>/<title>#<anchor>`` |
| content by id | internal | ``content:<id>#<anchor>`` |
| URL | internal, space, attachment, external | the URL as written |
| file of this page | attachment | ``file:<name>`` |
| file of another page | attachment | ``file:<space key>/<title>/<name>`` |
| file by media id | attachment | ``media:<id>`` |
| person | mention | ``user:<id>`` |
| page included | include | ``page:<space key>/<title>`` |
| space | space | ``space:<key>`` |
| Jira issue or query | jira | ``jira:<key>`` or ``jql:<query>`` |
| short link | external | ``shortcut:<key>@<parameter>`` |

The space key is left out where the body leaves it out: such a reference means its own space, wherever that moves.
"""

from __future__ import annotations

from cdm_docs.content.links.urls import read_url
from cdm_docs.content.reference import Context, Reference

LONGEST_ANCHOR = 1000
"""Longest anchor text, in characters: nested links would else repeat a whole body at every level."""


def anchor_text(text: str) -> str | None:
    """Return the text of a link with white space folded, cut where it gets long; None when there is none."""
    folded = " ".join(text.split())
    return (folded if len(folded) <= LONGEST_ANCHOR else f"{folded[:LONGEST_ANCHOR]}…") or None


def page_by_title(
    context: Context, title: str, space_key: str | None, anchor: str | None, text: str | None, *, include: bool = False
) -> Reference:
    """Return a reference to a page by its title."""
    written = f"page:{space_key or ''}/{title}" + (f"#{anchor}" if anchor else "")
    return Reference(
        "include" if include else "internal",
        written,
        anchor_text=text,
        space_key=space_key or context.space_key,
        title=title,
        anchor=anchor,
    )


def blog_by_title(
    context: Context, title: str, *, space_key: str | None, day: str | None, anchor: str | None, text: str | None
) -> Reference:
    """Return a reference to a blog post by its title and posting day."""
    written = f"blog:{space_key or ''}/{day or ''}/{title}" + (f"#{anchor}" if anchor else "")
    return Reference(
        "internal",
        written,
        anchor_text=text,
        space_key=space_key or context.space_key,
        title=title,
        anchor=anchor,
        extra=_blog_post(day),
    )


def content_by_id(content_id: str, anchor: str | None, text: str | None) -> Reference:
    """Return a reference to content by its id."""
    written = f"content:{content_id}" + (f"#{anchor}" if anchor else "")
    return Reference("internal", written, anchor_text=text, content_id=content_id, anchor=anchor)


def anchor_here(context: Context, anchor: str, text: str | None) -> Reference:
    """Return a reference to a place in the body's own page."""
    return content_by_id(context.container_id, anchor, text)


def file_by_name(
    filename: str, text: str | None, *, title: str | None = None, space_key: str | None = None, own_space: str | None
) -> Reference:
    """Return a reference to an attachment: of the body's own page, or of another that is named by title."""
    if title is None:
        return Reference("attachment", f"file:{filename}", anchor_text=text, filename=filename)
    return Reference(
        "attachment",
        f"file:{space_key or ''}/{title}/{filename}",
        anchor_text=text,
        space_key=space_key or own_space,
        title=title,
        filename=filename,
    )


def file_by_media_id(file_id: str, text: str | None) -> Reference:
    """Return a reference to an attachment by its media id, as ADF knows it."""
    return Reference("attachment", f"media:{file_id}", anchor_text=text, file_id=file_id)


def mention(account_id: str, text: str | None) -> Reference:
    """Return a reference to a person."""
    return Reference("mention", f"user:{account_id}", anchor_text=text, account_id=account_id)


def space(key: str, text: str | None) -> Reference:
    """Return a reference to a space."""
    return Reference("space", f"space:{key}", anchor_text=text, space_key=key)


def jira(key: str | None, query: str | None, text: str | None) -> Reference:
    """Return a reference to a Jira issue, or to what a query finds."""
    written = f"jira:{key}" if key else f"jql:{query or ''}"
    return Reference("jira", written, anchor_text=text, extra=(("jira_key", key),) if key else (("jql", query or ""),))


def shortcut(key: str, parameter: str, text: str | None) -> Reference:
    """Return a short link, whose URL only the site's settings know."""
    return Reference("external", f"shortcut:{key}@{parameter}", anchor_text=text)


def by_url(context: Context, url: str, text: str | None) -> Reference | None:
    """Return a reference by URL; None for what is no link: nothing at all, a script, a bare anchor."""
    target = read_url(url, context.site_url, context.former_urls)
    if target is None:
        return None
    return Reference(
        target.kind,
        url.strip(),
        url=target.url,
        anchor_text=text,
        content_id=target.content_id,
        space_key=target.space_key,
        title=target.title,
        filename=target.filename,
        anchor=target.anchor,
        extra=_blog_post(target.posting_day) if target.posting_day else (),
    )


def _blog_post(day: str | None) -> tuple[tuple[str, str], ...]:
    return (("content_type", "blogpost"), *((("posting_day", day),) if day else ()))
