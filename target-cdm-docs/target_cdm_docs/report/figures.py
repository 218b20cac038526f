"""What a report shows, asked of the tables of the data model.

The queries are SQL that DuckDB and PostgreSQL both understand. Lists are cut, and say how much more there is: a report
of a site of any size stays a page.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from target_cdm_docs.stores.errors import StoreConfigError
from target_cdm_docs.stores.reading import Query, Row
from target_cdm_docs.stores.tables.tables import SCHEMA_VERSION

OLDEST = 4
"""Version of the tables that has all that is asked for here."""
LISTED = 25
"""Entries of a list."""
TREE_NODES = 3_000
"""Pages in the tree: of larger sites it shows the upper levels."""
MONTHS = 120
"""Of growth."""
LEVELS = 50
"""Of a tree; nobody opens so many."""
RUNS = 40


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that may have been cut.

    Attributes:
        rows: What is shown.
        total: How many there are.
    """

    rows: list[Row]
    total: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return max(self.total - len(self.rows), 0)


@dataclass(frozen=True, slots=True)
class Node:
    """A page in the tree of a space.

    Attributes:
        title: Its title.
        url: Where it is read.
        children: What stands below it.
    """

    title: str
    url: str | None
    children: list[Node]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that a report shows.

    Attributes:
        counts: By plural name: how many of them are there.
        runs: The newest runs, newest first.
        changed: By what happened (new, edited, removed): what the newest run changed.
        failures: What the newest run could not take, or why it ended.
        growth: Month and how many pages and posts there were at its end, of those that are there.
        ages: How long ago pages were changed, and how many of each age.
        stale: Pages that nobody changed for longest.
        broken: Links that lead to nothing that is here.
        orphans: Pages that nothing links to.
        linked: What is linked to most.
        trees: By space: the pages in it.
        is_tree_cut: Whether some levels of the trees are left out.
        public: What the world may read; None where permissions were not read.
        restricted: Pages that are reserved for some.
    """

    counts: dict[str, int]
    runs: list[Row]
    changed: dict[str, Listing]
    failures: list[str]
    growth: list[tuple[str, float]]
    ages: list[tuple[str, float]]
    stale: Listing
    broken: Listing
    orphans: Listing
    linked: Listing
    trees: list[tuple[Row, list[Node]]]
    is_tree_cut: bool
    public: Listing | None
    restricted: Listing


_IS_PAGE = "i.doc_type = 'page' AND i.status = 'current' AND i.deleted_at IS NULL"
_NAMED = """
LEFT JOIN cdm_doc_space s ON s.cdm_id = i.space_cdm_id
LEFT JOIN cdm_work_user u ON u.cdm_id = i.updated_by_cdm_id"""
_SHOWN = "i.title, i.url, i.doc_type, s.key AS space_key, u.display_name AS person, i.updated_at, i.deleted_reason"

_COUNTS = """
SELECT
    (SELECT count(*) FROM cdm_doc_space WHERE deleted_at IS NULL) AS spaces,
    count(*) FILTER (WHERE doc_type = 'page') AS pages,
    count(*) FILTER (WHERE doc_type = 'blogpost') AS posts,
    count(*) FILTER (WHERE doc_type = 'attachment') AS files,
    count(*) FILTER (WHERE doc_type = 'comment') AS comments,
    (SELECT count(*) FROM cdm_work_user) AS people,
    (SELECT count(*) FROM cdm_doc_link) AS links,
    (SELECT count(*) FROM cdm_doc_revision) AS versions
FROM cdm_doc_item WHERE deleted_at IS NULL"""

_RUNS = f"""
SELECT run_id, status, started_at, finished_at, progress_counter, failed_counter, counts, error_msgs,
       site, requests, points, seconds_waited, CAST(synced_at AS text) AS ended
FROM cdm_ingest_run ORDER BY started_at DESC, synced_at DESC LIMIT {RUNS}"""  # noqa: S608 - as below: our own words

_GROWTH = """
SELECT substr(i.created_at, 1, 7) AS label, count(*) AS n
FROM cdm_doc_item i
WHERE i.doc_type IN ('page', 'blogpost') AND i.deleted_at IS NULL AND i.created_ts <= now()
GROUP BY substr(i.created_at, 1, 7) ORDER BY label"""

_AGES = f"""
SELECT CASE
    WHEN i.updated_ts > now() - INTERVAL '30 days' THEN 0
    WHEN i.updated_ts > now() - INTERVAL '90 days' THEN 1
    WHEN i.updated_ts > now() - INTERVAL '365 days' THEN 2
    WHEN i.updated_ts > now() - INTERVAL '730 days' THEN 3
    ELSE 4 END AS age, count(*) AS n
FROM cdm_doc_item i WHERE {_IS_PAGE} AND i.updated_ts IS NOT NULL GROUP BY 1"""  # noqa: S608
AGES = ("under a month", "1-3 months", "3-12 months", "1-2 years", "older")

_STALE = f"FROM cdm_doc_item i{_NAMED} WHERE {_IS_PAGE} AND i.updated_ts < now() - INTERVAL '365 days'"
_BROKEN = """
FROM cdm_doc_link l
JOIN cdm_doc_item i ON i.cdm_id = l.from_item_cdm_id AND i.deleted_at IS NULL
LEFT JOIN cdm_doc_item t ON t.cdm_id = l.to_item_cdm_id
LEFT JOIN cdm_doc_space s ON s.cdm_id = i.space_cdm_id
WHERE l.link_type IN ('internal', 'include', 'attachment') AND (t.cdm_id IS NULL OR t.deleted_at IS NOT NULL)"""
_ORPHANS = f"""
FROM cdm_doc_item i{_NAMED}
WHERE {_IS_PAGE} AND i.parent_item_cdm_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM cdm_doc_link l JOIN cdm_doc_item f ON f.cdm_id = l.from_item_cdm_id
    WHERE l.to_item_cdm_id = i.cdm_id AND f.deleted_at IS NULL AND f.cdm_id <> i.cdm_id
)"""  # noqa: S608
_LINKED = """
FROM (
    SELECT l.to_item_cdm_id AS cdm_id, count(DISTINCT l.from_item_cdm_id) AS n
    FROM cdm_doc_link l JOIN cdm_doc_item f ON f.cdm_id = l.from_item_cdm_id AND f.deleted_at IS NULL
    WHERE l.to_item_cdm_id <> l.from_item_cdm_id GROUP BY l.to_item_cdm_id
) c
JOIN cdm_doc_item i ON i.cdm_id = c.cdm_id AND i.deleted_at IS NULL AND i.doc_type IN ('page', 'blogpost')
LEFT JOIN cdm_doc_space s ON s.cdm_id = i.space_cdm_id"""
_PUBLIC = """
FROM cdm_doc_effective_access a
JOIN cdm_doc_item i ON i.cdm_id = a.item_cdm_id AND i.doc_type IN ('page', 'blogpost')
LEFT JOIN cdm_doc_space s ON s.cdm_id = i.space_cdm_id
WHERE a.principal_type = 'anonymous'"""
_RESTRICTED = """
FROM (
    SELECT target_cdm_id, count(*) AS n FROM cdm_doc_access
    WHERE kind = 'restriction' AND access_mode = 'read' GROUP BY target_cdm_id
) a
JOIN cdm_doc_item i ON i.cdm_id = a.target_cdm_id AND i.deleted_at IS NULL
LEFT JOIN cdm_doc_space s ON s.cdm_id = i.space_cdm_id"""
_TREE = f"""
SELECT t.cdm_id, t.parent_item_cdm_id, t.space_cdm_id, coalesce(t.title, '(without a title)') AS title, i.url
FROM cdm_doc_tree t JOIN cdm_doc_item i ON i.cdm_id = t.cdm_id
WHERE t.doc_type NOT IN ('attachment', 'comment', 'blogpost') AND i.status = 'current' AND t.depth < {LEVELS}
ORDER BY t.depth, i.position, t.title LIMIT {TREE_NODES + 1}"""  # noqa: S608


def read_figures(query: Query) -> Figures:
    """Ask a database for all that a report shows.

    Args:
        query: Answers queries.

    Raises:
        StoreConfigError: It holds no tables of this target, older ones, or newer ones.
        StoreConnectionError: It does not answer.
    """
    _refuse_other_databases(query)
    runs = [_decoded(run) for run in query(_RUNS)]
    trees, is_tree_cut = _trees(query)
    return Figures(
        counts=query(_COUNTS)[0],
        runs=runs,
        changed=_changed(query, *runs[:2]) if runs else {},
        failures=_failures(runs[0]) if runs else [],
        growth=_growing(query(_GROWTH)),
        ages=_by_age(query(_AGES)),
        stale=_listing(query, _SHOWN, _STALE, "i.updated_ts"),
        broken=_listing(
            query,
            "i.title, i.url, s.key AS space_key, l.link_type, l.anchor_text, coalesce(t.title, (l.properties ->> "
            "'title'), (l.properties ->> 'filename'), l.url) AS refers_to, t.deleted_reason",
            _BROKEN,
            "i.title, refers_to",
        ),
        orphans=_listing(query, _SHOWN, _ORPHANS, "i.updated_ts"),
        linked=_listing(query, "i.title, i.url, s.key AS space_key, c.n", _LINKED, "c.n DESC, i.title"),
        trees=trees,
        is_tree_cut=is_tree_cut,
        public=_listing(query, "i.title, i.url, s.key AS space_key", _PUBLIC, "space_key, i.title")
        if query("SELECT 1 FROM cdm_doc_access WHERE kind = 'permission' LIMIT 1")
        else None,
        restricted=_listing(query, "i.title, i.url, s.key AS space_key, a.n", _RESTRICTED, "space_key, i.title"),
    )


def _refuse_other_databases(query: Query) -> None:
    names = ("cdm_doc_item", "cdm_doc_tree", "cdm_doc_effective_access", "cdm_schema_version")
    found = query("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
    if not {row["table_name"] for row in found}.issuperset(names):
        raise StoreConfigError(
            "destination: no documents are there yet: run target-cdm-docs into it once, or name its 'schema'"
        )
    version = query("SELECT max(version) AS version FROM cdm_schema_version")[0]["version"] or 0
    if version < OLDEST:
        raise StoreConfigError(
            f"destination: its tables are of version {version}, a report needs {OLDEST}: run target-cdm-docs into it "
            "once"
        )
    if version > SCHEMA_VERSION:
        raise StoreConfigError(
            f"destination: its tables are of version {version}, this package knows {SCHEMA_VERSION}: update "
            "target-cdm-docs"
        )


def _listing(query: Query, shown: str, source: str, order: str) -> Listing:
    rows = query(f"SELECT {shown} {source} ORDER BY {order} LIMIT {LISTED + 1}")
    if len(rows) <= LISTED:
        return Listing(rows, len(rows))
    return Listing(rows[:LISTED], query(f"SELECT count(*) AS n {source}")[0]["n"])


def _decoded(run: Row) -> Row:
    """Return a run with its JSON as values, whichever driver brought it."""
    also: Row = {}
    for name in ("counts", "error_msgs"):
        value = run[name]
        also[name] = json.loads(value) if isinstance(value, str) else value
    for name in ("started_at", "finished_at"):
        also[name] = _moment(run[name])
    begun, ended = also["started_at"], also["finished_at"]
    also["seconds"] = (ended - begun).total_seconds() if begun and ended else None
    return {**run, **also}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))


def _changed(query: Query, run: Row, before: Row | None = None) -> dict[str, Listing]:
    mine = f"FROM cdm_doc_item i{_NAMED} WHERE i.run_id = {_literal(run['run_id'])}"
    # By the database's clock alone: what came after the last word of the run before is new.
    is_new = f"i.first_seen_at > {_literal(before['ended'])}::timestamptz" if before else "i.first_seen_at IS NOT NULL"
    kinds = {
        "new": f"i.deleted_at IS NULL AND ({is_new})",
        "edited": f"i.deleted_at IS NULL AND ({is_new}) IS NOT TRUE",
        "removed": "i.deleted_at IS NOT NULL",
    }
    return {
        name: _listing(query, _SHOWN, f"{mine} AND {condition}", "i.updated_ts DESC")
        for name, condition in kinds.items()
    }


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _failures(run: Row) -> list[str]:
    messages: Any = run["error_msgs"] or []
    return [each if isinstance(each, str) else _told(each) for each in messages]


def _told(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    where = " ".join(str(entry[name]) for name in ("stream", "id") if entry.get(name))
    return f"{where}: {entry.get('message') or entry.get('error') or json.dumps(entry)}" if where else json.dumps(entry)


def _growing(months: list[Row]) -> list[tuple[str, float]]:
    """Return how many there were at the end of each of the last months, of those without anything new too."""
    if not months:
        return []
    made = {row["label"]: row["n"] for row in months}
    first, last = (int(label[:4]) * 12 + int(label[5:]) - 1 for label in (months[0]["label"], months[-1]["label"]))
    labels = [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, last + 1)]
    grown = list(zip(labels, map(float, accumulate(made.get(label, 0) for label in labels)), strict=True))
    return grown[-MONTHS:]


def _by_age(rows: list[Row]) -> list[tuple[str, float]]:
    found = {row["age"]: float(row["n"]) for row in rows}
    return [(label, found.get(age, 0.0)) for age, label in enumerate(AGES)] if found else []


def _trees(query: Query) -> tuple[list[tuple[Row, list[Node]]], bool]:
    """Return the spaces in the order of their names, each with what stands in it; and whether levels are left out."""
    rows = query(_TREE)
    nodes: dict[str, Node] = {}
    roots: defaultdict[str, list[Node]] = defaultdict(list)
    for row in rows[:TREE_NODES]:  # what is above comes first
        nodes[row["cdm_id"]] = node = Node(row["title"], row["url"], [])
        above = nodes.get(row["parent_item_cdm_id"] or "")
        (roots[row["space_cdm_id"] or ""] if above is None else above.children).append(node)
    spaces = query("SELECT cdm_id, key, name, url FROM cdm_doc_space WHERE deleted_at IS NULL ORDER BY name")
    return [(space, roots[space["cdm_id"]]) for space in spaces if roots[space["cdm_id"]]], len(rows) > TREE_NODES
