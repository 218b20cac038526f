"""Who had which title or file name, and which links a batch's changes of names concern."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.resolving.resolve import (
    Candidate,
    Ref,
    SpaceKeys,
    SpaceRow,
    best,
    file_digest,
    holds,
    media_digest,
    name_digest,
    space_keys,
    title_digest,
)
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.writing.newest import Name, Newest

KeysOfSpaces = dict[str, list[tuple[str, str]]]
"""From a space to the (source system, key) that mean it."""

_NAME = ("item_cdm_id", "source_system", "kind", "scope", "name")


class Names:
    """The names of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._spaces: SpaceKeys | None = None
        self._before: SpaceKeys = {}
        self._touched: set[tuple[str, Name]] = set()
        self._rekeyed: set[tuple[str, str, str]] = set()

    def remember_spaces(self) -> None:
        """To be called before spaces are written."""
        self._spaces = self._keys

    def spaces_changed(self) -> None:
        """To be called after spaces were written: names in spaces whose key changed hands are touched."""
        before, after = self._spaces or {}, self._read_spaces()
        for system_key in {*before, *after}:
            if before.get(system_key) != after.get(system_key):
                spaces = {before.get(system_key), after.get(system_key)} - {None}
                self._rekeyed |= {(str(space), *system_key) for space in spaces}
        self._before, self._spaces = before, after

    def _read_spaces(self) -> SpaceKeys:
        columns = ("cdm_id", "source_system", "key", "deleted_at", "_observed_at")
        return space_keys(SpaceRow(*row) for row in self._session.fetch_all(tables.SPACE, columns))

    @property
    def _keys(self) -> SpaceKeys:
        if self._spaces is None:
            self._spaces = self._read_spaces()
        return self._spaces

    def write(self, newest: Newest, changed: Collection[str]) -> None:
        """Remember the names that a batch tells; touch those whose holder may be another now.

        That is a name of an item that changed, one that is new, and, where it was merely seen again, one that others
        have or had as well: who was seen last with it may hold it.
        """
        table = tables.NAME
        items = {item for item, _ in newest.names} | set(changed)
        columns = ("name_digest", "held_at", *_NAME)
        stored = {}
        for hashed, held_at, item, system, *name in self._session.fetch(
            table, columns, ("item_cdm_id",), [(item,) for item in sorted(items)]
        ):
            stored[hashed, item] = held_at
            if item in changed:
                self._touched.add((system, Name(*name)))
        new, later = [], []
        seen: dict[str, tuple[str, Name]] = {}
        for (item, name), held_at in newest.names.items():
            hashed = name_digest(name)
            system = newest.systems[item]
            if (hashed, item) not in stored:
                new.append((hashed, item, system, *name, held_at))
                self._touched.add((system, name))
            elif held_at > stored[hashed, item]:
                later.append((hashed, item, held_at))
                seen[hashed] = (system, name)
        holders = Counter(
            hashed
            for (hashed,) in self._session.fetch(table, ("name_digest",), ("name_digest",), [(one,) for one in seen])
        )
        self._touched |= {seen[hashed] for hashed, count in holders.items() if count > 1}
        self._session.update(table, table.key, ("held_at",), sorted(later), changed=False)
        self._session.insert(table, table.names, sorted(new))

    def forget(self, gone_at: Mapping[str, str]) -> None:
        """Remove the names that items had before they were gone, and touch all that they had."""
        for system, *name in self._session.fetch(
            tables.NAME, ("source_system", "kind", "scope", "name"), ("item_cdm_id",), [(one,) for one in gone_at]
        ):
            self._touched.add((system, Name(*name)))
        self._session.delete_before(tables.NAME, "item_cdm_id", "held_at", sorted(gone_at.items()))

    def touched_refs(self) -> set[str]:
        """The ``_ref`` of every link that the changes of names may concern."""
        keys_of = self._keys_of_spaces()
        found = {ref for system, name in self._touched for ref in _refs(system, name, keys_of)}
        scopes = sorted({space for space, _, _ in self._rekeyed})
        if scopes:
            held: dict[str, list[tuple[str, str]]] = {}
            for scope, kind, name in self._session.fetch(
                tables.NAME, ("scope", "kind", "name"), ("scope",), [(scope,) for scope in scopes]
            ):
                held.setdefault(scope, []).append((kind, name))
            for space, system, key in self._rekeyed:
                for kind, name in held.get(space, []):
                    found |= _title_refs(system, key, kind, name)
        return found | self._refs_through_containers(keys_of)

    def _keys_of_spaces(self) -> KeysOfSpaces:
        """Those of now and of before: a name that is forgotten may have been found under a key that is gone, too."""
        found: KeysOfSpaces = {}
        for system_key, space in (*self._before.items(), *self._keys.items()):
            found.setdefault(space, []).append(system_key)
        return found

    def _refs_through_containers(self, keys_of: KeysOfSpaces) -> set[str]:
        """A file's name also concerns links that name its page by title."""
        containers = sorted({name.scope for _, name in self._touched if name.kind == "file"})
        rows = self._session.fetch(
            tables.NAME, ("scope", "kind", "name"), ("item_cdm_id",), [(container,) for container in containers]
        )
        return {
            title_digest(system, key, kind, name, of_file=True)
            for scope, kind, name in rows
            if kind in {"page", "blogpost"}
            for system, key in keys_of.get(scope, [])
        }

    def resolve(self, refs: Collection[Ref]) -> dict[Ref, str | None]:
        """Where references lead now."""
        pages = {ref: self._page_name(ref) for ref in refs if ref.title is not None and _by_title(ref)}
        direct = {
            ref: Name("media", ref.system, ref.file_id)
            if ref.file_id is not None
            else Name("file", ref.container or "", ref.filename or "")
            for ref in refs
            if not _by_title(ref)
        }
        candidates = self._candidates({name for name in (*pages.values(), *direct.values()) if name is not None})
        found: dict[Ref, str | None] = {
            ref: best(candidates.get(name, ()), container=ref.container) for ref, name in direct.items()
        }
        files = {}
        for ref, name in pages.items():
            page = best(candidates.get(name, ()), day=ref.day) if name else None
            if ref.filename is None:
                found[ref] = page
            else:
                files[ref] = Name("file", page, ref.filename) if page else None
        candidates = self._candidates({name for name in files.values() if name is not None})
        return found | {ref: best(candidates.get(name, ())) if name else None for ref, name in files.items()}

    def _page_name(self, ref: Ref) -> Name | None:
        space = self._keys.get((ref.system, ref.space_key or ""))
        return Name(ref.doc_type, space, ref.title or "") if space else None

    def _candidates(self, names: Collection[Name]) -> dict[Name, list[Candidate]]:
        by_digest = {name_digest(name): name for name in names}
        holders = self._session.fetch(
            tables.NAME, ("name_digest", "item_cdm_id", "held_at"), ("name_digest",), [(one,) for one in by_digest]
        )
        columns = ("cdm_id", "space_cdm_id", "parent_item_cdm_id", "title", "deleted_at", "created_at")
        keys = [(item,) for item in sorted({item for _, item, _ in holders})]
        items = {row[0]: row[1:] for row in self._session.fetch(tables.ITEM, columns, ("cdm_id",), keys)}
        found: dict[Name, list[Candidate]] = {}
        for hashed, item, held_at in holders:
            if item in items:
                space, parent, title, deleted_at, created_at = items[item]
                name = by_digest[hashed]
                now = holds(name, space=space, parent=parent, title=title, deleted_at=deleted_at)
                found.setdefault(name, []).append(Candidate(item, held_at, now, created_at, parent))
        return found


def _by_title(ref: Ref) -> bool:
    return ref.file_id is None and (ref.container is None or ref.filename is None)


def _refs(system: str, name: Name, keys_of: KeysOfSpaces) -> set[str]:
    if name.kind == "media":
        return {media_digest(system, name.name)}
    if name.kind == "file":
        return {file_digest(name.scope, name.name)}
    keys = [key for of_system, key in keys_of.get(name.scope, []) if of_system == system]
    return {ref for key in keys for ref in _title_refs(system, key, name.kind, name.name)}


def _title_refs(system: str, key: str, kind: str, title: str) -> set[str]:
    return {title_digest(system, key, kind, title, of_file=of_file) for of_file in (False, True)}
