"""Views and functions for questions that everybody asks. Pure.

In the texts ``{s}`` stands for the quoted schema; what else stands in braces, ``filled`` puts in: a database's own way
to take a JSON array apart, or a function's parameter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from target_cdm_docs.stores.tables import access_queries, item_queries, text_queries, tree_queries

VIEWS: dict[str, tuple[str, str]] = {
    "cdm_doc_tree": (tree_queries.TREE, "Every item with its depth and the titles on the way to it"),
    "cdm_doc_backlinks": (tree_queries.BACKLINKS, "What links to an item"),
    "cdm_doc_member": (
        access_queries.MEMBER,
        "Who belongs to a group or to an access class of the whole site; people as far as they are known and active",
    ),
    "cdm_doc_effective_access": (
        access_queries.EFFECTIVE_ACCESS,
        "Who may read an item: allowed on the space, on the item and on every restricted ancestor; unknown means no",
    ),
    "cdm_doc_gate": (
        access_queries.GATE,
        "Whom each gate on the way to an item lets in, groups as groups: a reader passes its space and every item's",
    ),
    "cdm_doc_current": (
        item_queries.CURRENT,
        "Every item that is there, with its newest text, its space and the names of people; times as timestamptz",
    ),
    "cdm_doc_item_tag": (item_queries.TAG, "A label of an item that is there"),
    "cdm_doc_task": (item_queries.TASK, "A task on an item that is there"),
    "cdm_doc_item_property": (item_queries.PROPERTY, "A content property of an item that is there"),
    "cdm_doc_text": (
        text_queries.TEXT,
        "The newest text of an item that is there, people by their names of now; text_changed_at also tells renames",
    ),
    "cdm_doc_chunk_text": (
        text_queries.CHUNK_TEXT,
        "A chunk of an item that is there, people by their names of now; metadata_changed_at also tells renames",
    ),
    "cdm_doc_include": (
        text_queries.INCLUDE,
        "What an item shows of others' text, at any depth; included_changed_at tells when that changed",
    ),
}
"""By name: the query and what a row is."""


@dataclass(frozen=True, slots=True)
class Function:
    """A query with parameters: a function in PostgreSQL, a table macro in DuckDB.

    Attributes:
        parameters: Names and types: ``text`` or ``text[]``.
        columns: Names and types of what comes back.
        query: Its text.
        comment: What a row is.
        reads_all: Whether it reads whole tables, rather than a few rows of each.
    """

    parameters: dict[str, str]
    columns: dict[str, str]
    query: str
    comment: str
    reads_all: bool = False


_PLACE = dict.fromkeys(("cdm_id", "space_cdm_id", "space_key", "parent_item_cdm_id", "doc_type", "title"), "text")
_PLACE |= {"depth": "integer", "path": "text"}

FUNCTIONS: dict[str, Function] = {
    "cdm_doc_may_read": Function(
        {"items": "text[]", "principal": "text"},
        {"item_cdm_id": "text"},
        access_queries.MAY_READ,
        "Which of these items a principal may read, as cdm_doc_effective_access has it, without asking for all others",
    ),
    "cdm_doc_readers": Function(
        {"items": "text[]"},
        {"item_cdm_id": "text", "principal_cdm_id": "text", "principal_type": "text"},
        access_queries.READERS,
        "Who may read these items, as cdm_doc_effective_access has it, without asking for all others",
    ),
    "cdm_doc_readable": Function(
        {"principal": "text"},
        {"item_cdm_id": "text", "space_cdm_id": "text"},
        access_queries.READABLE,
        "All items that a principal may read, as cdm_doc_effective_access has it, without asking for all others",
        reads_all=True,
    ),
    "cdm_doc_full_text": Function(
        {"items": "text[]"},
        {"item_cdm_id": "text", "text": "text", "text_changed_at": "timestamptz"},
        text_queries.FULL_TEXT,
        "The texts of these items with all that they show of other pages, people by their names of now",
    ),
    "cdm_doc_path": Function(
        {"items": "text[]"}, _PLACE, tree_queries.PATH, "Where these items stand: their rows of cdm_doc_tree"
    ),
    "cdm_doc_space_tree": Function(
        {"space": "text"}, _PLACE, tree_queries.SPACE_TREE, "The tree of a space: its rows of cdm_doc_tree"
    ),
    "cdm_doc_subtree": Function(
        {"item": "text"}, _PLACE, tree_queries.SUBTREE, "An item and all below it: their rows of cdm_doc_tree"
    ),
}
"""By name, in an order in which each finds those that it calls."""

_FORM = re.compile(r"\{(\w+):([^{}]+)\}")


def filled(query: str, schema: str, forms: dict[str, str]) -> str:
    """Return a query as a database understands it.

    Args:
        query: A text of ``VIEWS`` or ``FUNCTIONS``.
        schema: The quoted schema.
        forms: By name: how the database writes ``{name:expression}``, ``{}`` standing for the expression.
    """
    return _FORM.sub(lambda found: forms[found[1]].format(found[2]), query.replace("{s}", schema))
