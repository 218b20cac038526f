"""The address of a v2 listing: its path, its parameters, and the scope that it needs. Pure."""

from __future__ import annotations

from urllib.parse import quote

from tap_confluence.api.cloud.listings import CONTAINER_SCOPES, Listing
from tap_confluence.api.query import Query
from tap_confluence.client.errors import ConfluenceConfigError


def path_of(listing: Listing, query: Query) -> str:
    """The listing of the whole site, or of what hangs on one thing.

    Raises:
        ConfluenceConfigError: Nothing of this kind hangs on such a thing.
    """
    if query.container is None:
        return listing.path
    container_type, container_id = query.container
    template = listing.inside.get(container_type)
    if template is None:
        raise ConfluenceConfigError(f"{query.kind} cannot be listed by {container_type}")
    return template.format(id=quote(container_id, safe=""))


def scope_of(listing: Listing, query: Query) -> str:
    """The scope that a listing needs: what hangs on something is read with it."""
    return CONTAINER_SCOPES.get(query.container[0], listing.scope) if query.container else listing.scope


def params_of(listing: Listing, query: Query) -> dict[str, str] | None:
    """The query string; None when nothing can match, so that nothing need be asked.

    Raises:
        ConfluenceConfigError: The kind cannot be asked for in this way.
    """
    if query.sort not in listing.sorts:
        raise ConfluenceConfigError(f"{query.kind} cannot be listed by {query.sort.value}")
    params = {"limit": str(query.limit), **listing.extra}
    if order := listing.sorts[query.sort]:
        params["sort"] = order
    _add_what(params, listing, query)
    if listing.statuses:
        statuses = [status for status in query.statuses if status in listing.statuses]
        if not statuses:
            return None
        params["status"] = ",".join(statuses)
    if query.body_format is not None and listing.bodies:
        params["body-format"] = query.body_format
    return params


def _add_what(params: dict[str, str], listing: Listing, query: Query) -> None:
    """Which of them.

    Raises:
        ConfluenceConfigError: The kind cannot be asked for in this way.
    """
    if query.ids:
        if listing.ids is None:
            raise ConfluenceConfigError(f"{query.kind} cannot be listed by id")
        params[listing.ids] = ",".join(query.ids)
    if query.kind == "spaces":
        if query.space_ids:
            params["ids"] = ",".join(query.space_ids)
        if query.keys:
            params["keys"] = ",".join(query.keys)
        if len(query.statuses) == 1:
            params["status"] = query.statuses[0]
    elif query.space_ids:
        if not listing.max_spaces:
            raise ConfluenceConfigError(f"{query.kind} cannot be listed by space")
        params["space-id"] = ",".join(query.space_ids)
