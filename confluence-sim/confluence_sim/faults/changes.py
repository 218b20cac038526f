"""Somebody works in the world while it is being read: the change falls behind the answer to a struck question."""

from __future__ import annotations

from contextlib import suppress

from confluence_sim.api.endpoint import Reply
from confluence_sim.faults.fault import Strike
from confluence_sim.model import Content, WorldError


def _pages(strike: Strike) -> list[Content]:
    return [item for item in strike.world.contents.values() if item.type == "page" and item.status == "current"]


def _is_home(strike: Strike, page: Content) -> bool:
    return strike.world.spaces[page.space_id].homepage_id == page.id


def _any(strike: Strike, pages: list[Content]) -> list[Content]:
    return [strike.dice.choice(pages)] if pages else []


def _pick(strike: Strike) -> list[Content]:
    """One page that is no home, if there is any."""
    return _any(strike, [page for page in _pages(strike) if not _is_home(strike, page)])


def edit_mid_walk(strike: Strike) -> Reply:
    """A page gets a new version, and with it another place in every listing by date (FACTS 1.6)."""
    reply = strike.reply
    with strike.world.lock:
        for page in _any(strike, _pages(strike)):
            strike.world.edit(page, body=f"<p>edited while the site was being read, {strike.dice.random()}</p>")
    return reply


def move_mid_walk(strike: Strike) -> Reply:
    """A page moves below another one or into another space, without a new version (FACTS 3.4)."""
    reply = strike.reply
    with strike.world.lock, suppress(WorldError):  # below itself, or where its title is taken
        for page in _pick(strike):
            if strike.dice.random() < 0.5:  # noqa: PLR2004 - a fair coin
                strike.world.move(page, parent=_pick(strike)[0])
            else:
                spaces = [space for space in strike.world.spaces.values() if space.status == "current"]
                strike.world.move(page, space=strike.dice.choice(spaces))
    return reply


def trash_mid_walk(strike: Strike) -> Reply:
    """A page goes to the trash."""
    reply = strike.reply
    with strike.world.lock:
        for page in _pick(strike):
            strike.world.trash(page)
    return reply


def purge_mid_walk(strike: Strike) -> Reply:
    """A page is deleted for good, with its attachments and comments: whoever asks for it is told of none."""
    reply = strike.reply
    with strike.world.lock:
        for page in _pick(strike):
            strike.world.purge(page)
    return reply
