"""What a site of Confluence Cloud tells of who may see what."""

from __future__ import annotations

import threading
from http import HTTPStatus
from urllib.parse import quote

from tap_confluence.api.cloud.session import V1, V2
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceNotFoundError, ConfluenceRequestError
from tap_confluence.client.transport import Request, Transport
from tap_confluence.normalise.values import dig, text


class Permissions:
    """Asks, and does not ask again what a token may not know."""

    def __init__(self, transport: Transport) -> None:
        """Take whom to ask."""
        self._transport = transport
        self._may_ask_state = True
        self._mode: str | None = None
        self._asking_mode = threading.Lock()

    def has_roles(self) -> bool | None:
        """By the site's role mode; a token without the scope for it cannot tell (FACTS 11.1)."""
        request = Request(
            path=f"{V2}/space-role-mode",
            what="asking for the role mode",
            scope="read:configuration:confluence",
            probing=True,
        )
        with self._asking_mode:
            if self._mode is None:
                try:
                    self._mode = text(dig(self._transport.ask(request).data, "mode")) or ""
                except (ConfluenceAuthError, ConfluenceNotFoundError, ConfluenceRequestError):
                    self._mode = ""
        return self._mode != "PRE_ROLES" if self._mode else None

    def hides(self, kind: str, content_id: str) -> bool:
        """By v1's content state: v2 has one 404 for hidden and missing, this a 403 and a 404, as documented [spec1]."""
        if not self._may_ask_state:
            return False
        request = Request(
            path=f"{V1}/content/{quote(content_id, safe='')}/state",
            what=f"asking whether {kind} {content_id} is hidden",
            scope="read:confluence-content.summary",
            probing=True,
        )
        try:
            self._transport.ask(request)
        except ConfluenceAuthError as error:
            self._may_ask_state = error.http_status == HTTPStatus.FORBIDDEN
            return self._may_ask_state
        except (ConfluenceNotFoundError, ConfluenceRequestError):
            return False
        return False
