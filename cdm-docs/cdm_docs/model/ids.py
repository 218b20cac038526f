"""Primary keys of the data model: functions of the source's name and its ids, and of nothing else. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


def short_hash(*parts: str | None) -> str:
    """Return the first 16 hex digits of a hash of texts; different lists of texts hash differently."""
    digest = hashlib.sha256()
    for part in parts:
        raw = b"" if part is None else part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % (-1 if part is None else len(raw)) + raw)
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one source system.

    Attributes:
        system: Its name, the ``<sys>`` in every id.
    """

    system: str

    def space(self, space_id: str) -> str:
        """Return the id of a space."""
        return f"cdm:doc:space:{self.system}:{space_id}"

    def item(self, content_id: str) -> str:
        """Return the id of an item."""
        return f"cdm:doc:item:{self.system}:{content_id}"

    def revision(self, content_id: str, number: int) -> str:
        """Return the id of a version of an item."""
        return f"cdm:doc:revision:{self.system}:{content_id}:{number}"

    def link(self, content_id: str, kind: str, written: str) -> str:
        """Return the id of a link: its kind and the reference as written tell it from its siblings."""
        return f"cdm:doc:link:{self.system}:{content_id}:{short_hash(kind, written)}"

    def chunk(self, content_id: str, heading_path: str | None, text: str, repeat: int) -> str:
        """Return the id of a chunk: its content and, for the same text again, how often it came before."""
        digest = hashlib.sha256(f"{heading_path or ''}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return f"cdm:doc:chunk:{self.system}:{content_id}:{digest}:{repeat}"

    def access(self, target: str, mode: str, principal: str, *more: str) -> str:
        """Return the id of an access row: all that it says."""
        return f"cdm:doc:access:{self.system}:{short_hash(target, mode, principal, *more)}"

    def tombstone(self, target: str) -> str:
        """Return the id of a removal: one for each thing removed."""
        return f"cdm:doc:tombstone:{target}"

    def user(self, account_id: str) -> str:
        """Return the id of an account."""
        return f"cdm:work:user:{self.system}:{account_id}"

    def principal(self, kind: str, principal_id: str) -> str:
        """Return the id of whoever is granted something: a user, a group, a role, anybody."""
        return f"cdm:work:{kind}:{self.system}:{principal_id}"
