"""The media host: another origin that hands out bytes to whoever holds a signed link (FACTS 6.1, 6.6)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from werkzeug import Request as HttpRequest

from confluence_sim.api.endpoint import Reply
from confluence_sim.host import Host
from confluence_sim.model import Content, Version
from confluence_sim.wsgi import CREDENTIALS

if TYPE_CHECKING:
    from confluence_sim.world import World


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class MediaHost(Host):
    """Bytes of attachments behind signed links.

    Args:
        world: the truth.

    Attributes:
        requests: ``authorized`` of an entry tells that credentials came along: they must not.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._key = secrets.token_bytes(32)

    def link(self, origin: str, content: Content, version: Version) -> str:
        """Return an address of a version's bytes that is good for ``switches.media_link_seconds``."""
        until = self.world.clock.now_ms() + round(1000 * self.world.switches.media_link_seconds)
        claims = {"id": content.id, "version": version.number, "file": version.file_id, "exp": until}
        query = {"token": self._signed(claims), "client": self.world.cloud_id, "name": version.title}
        return f"{origin}/file/{version.file_id}/binary?{urlencode(query)}"

    def _signed(self, claims: dict[str, Any]) -> str:
        head, body = (_text(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        return f"{head}.{body}.{self._signature(f'{head}.{body}')}"

    def _signature(self, text: str) -> str:
        return _text(hmac.new(self._key, text.encode(), hashlib.sha256).digest())

    def _claims(self, token: str) -> dict[str, Any] | None:
        """Return what a token of this host says; None for any other text."""
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(text).encode(), signature.encode()):
            return None
        body = text.partition(".")[2]
        try:
            claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (binascii.Error, ValueError):
            return None
        return claims

    def answer(self, request: HttpRequest) -> Reply:
        """Return the bytes, or a refusal: credentials came along, a bad or old link, nothing there."""
        if any(name in request.headers for name in CREDENTIALS):
            return _refusal(400, "Only one way of authorization is allowed")
        with self.world.lock:
            claims = self._claims(request.args.get("token", ""))
            if claims is None or request.path != f"/file/{claims['file']}/binary":
                return _refusal(403, "Invalid token")
            if self.world.clock.now_ms() >= claims["exp"]:
                return _refusal(403, "Token has expired")
            content = self.world.contents.get(claims["id"])
            versions = content.versions if content is not None else ()
            version = next((item for item in versions if item.number == claims["version"]), None)
            return _refusal(404, "Not found") if version is None else file_reply(version)


def file_reply(version: Version) -> Reply:
    """Return a version's bytes."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(version.title, safe='')}"}
    return Reply(version.data, media_type=version.media_type, headers=headers)


def _refusal(status: int, title: str) -> Reply:
    return Reply({"error": {"code": title, "title": title}}, status=status)
