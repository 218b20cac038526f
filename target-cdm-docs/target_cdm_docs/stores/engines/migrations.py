"""How the tables come to be and are brought up to date, and never what is not ours (CONTRACT 2.4, law 13).

``cdm_schema_version`` tells which names were made here. Who finds the tables as they should be changes nothing, so
that a role with plain DML rights can load. Who changes them holds the lock that writers take for each batch, first.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version as package_version
from typing import Any

from target_cdm_docs.stores.engines import statements
from target_cdm_docs.stores.engines.statements import Dialect, named, quoted
from target_cdm_docs.stores.errors import StoreConfigError
from target_cdm_docs.stores.tables import tables, upgrades
from target_cdm_docs.stores.tables.plain_views import PLAIN_VIEWS
from target_cdm_docs.stores.tables.views import FUNCTIONS, VIEWS, filled

logger = logging.getLogger("target-cdm-docs")

Execute = Callable[[str], list[Any]]
"""Runs a statement and answers its rows, if it has any."""

_TABLES = tuple(table.name for table in tables.TABLES)

NAMES_OF_VERSION_2 = (
    *("cdm_doc_space", "cdm_doc_item", "cdm_doc_revision", "cdm_doc_link", "cdm_doc_access", "cdm_work_user"),
    *("cdm_doc_chunk", "cdm_doc_tombstone", "cdm_ingest_run", "raw_record", "cdm_doc_place", "cdm_doc_facet"),
    *("cdm_doc_name", "cdm_doc_set", "cdm_schema_version"),
    *("cdm_doc_tree", "cdm_doc_backlinks", "cdm_doc_effective_access"),
)
"""What tables of a version that kept no names were made with."""

_WITHOUT_NAMES_OF_FUNCTIONS = (3, 4)
"""Versions that made functions, and kept the names of tables and views alone, or may have."""


def is_current(execute: Execute, schema: str) -> bool:
    """Return whether the tables are there and as they should be; needs no right but to read them.

    Raises:
        StoreConfigError: They were made by a newer version.
    """
    known = _version(execute, schema)
    if known is not None and known > tables.SCHEMA_VERSION:
        raise StoreConfigError(
            f"The tables in schema {schema!r} are of version {known}, this target-cdm-docs knows version "
            f"{tables.SCHEMA_VERSION}: update target-cdm-docs, or set 'schema' to another name"
        )
    return known == tables.SCHEMA_VERSION


def migrate(execute: Execute, dialect: Dialect, schema: str, replace_views: Callable[[dict[str, str]], None]) -> None:
    """Make the schema and the tables, or add what older ones have not. In one transaction of the caller's.

    Args:
        execute: Runs a statement.
        dialect: How the database writes what differs.
        schema: The schema; made if missing.
        replace_views: Makes views (name to query), or makes them anew, keeping who may read them.

    Raises:
        StoreConfigError: The schema holds what is not ours under one of our names, or what is newer.
    """
    # Asked first: who may not make schemas may not say IF NOT EXISTS either.
    if not execute(statements.find_schema(schema)):
        execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
    if tables.VERSION.name in _found(execute, schema) and (lock := dialect.lock):
        execute(lock.format(table=named(schema, tables.VERSION)))
    if is_current(execute, schema):  # made by another target while this one waited
        return
    known = _version(execute, schema)
    ours = _ours(execute, dialect, schema, known)
    _refuse_what_is_not_ours(execute, schema, ours)
    plain = _free_names(execute, schema, ours)
    script = _steps(upgrades.BEFORE, known, schema)
    for table in tables.TABLES:
        script += _makes(dialect, schema, table)
        script += statements.compute(schema, table) if known is not None else []
    script += _steps(upgrades.AFTER, known, schema)
    execute(";\n".join(script))  # at once: hundreds of statements, one by one, are hundreds of round trips
    views = {**VIEWS, **{name: (PLAIN_VIEWS[name].query, PLAIN_VIEWS[name].comment) for name in plain}}
    replace_views({name: filled(query, quoted(schema), dialect.forms) for name, (query, _) in views.items()})
    notes = [statements.comment("VIEW", (schema, name), comment) for name, (_, comment) in views.items()]
    notes += [
        statements.comment("COLUMN", (schema, name, column), comment)
        for name in plain
        for column, (_, comment) in PLAIN_VIEWS[name].columns.items()
    ]
    functions = [line for name in FUNCTIONS for line in statements.create_function(dialect, schema, name)]
    names = statements.text_literal(json.dumps([*_TABLES, *views, *FUNCTIONS]))
    package = statements.text_literal(package_version("target-cdm-docs"))
    version = (
        f"INSERT INTO {named(schema, tables.VERSION)} (version, package_version, names) "
        f"VALUES ({tables.SCHEMA_VERSION}, {package}, {names})"
    )
    execute(";\n".join((*notes, *functions, version)))


def _steps(steps: Mapping[int, Sequence[str]], known: int | None, schema: str) -> list[str]:
    """Return the statements for which tables of a version are too old; none for tables that are made now."""
    wanted = [version for version in sorted(steps) if known is not None and known < version]
    return [step.replace("{s}", quoted(schema)) for version in wanted for step in steps[version]]


def _found(execute: Execute, schema: str) -> dict[str, str]:
    """Return what a schema holds under our names, with its kind: ``v`` for a view, ``f`` for a function."""
    return dict(execute(statements.find_ours(schema, [*_TABLES, *VIEWS, *PLAIN_VIEWS], [*FUNCTIONS])))


def _version(execute: Execute, schema: str) -> int | None:
    if tables.VERSION.name not in _found(execute, schema):
        return None
    found: int | None = execute(f"SELECT max(version) FROM {named(schema, tables.VERSION)}")[0][0]
    return found


def _ours(execute: Execute, dialect: Dialect, schema: str, known: int | None) -> set[str]:
    """Return the names of what was made here before."""
    if known is None:
        return set()
    execute(";\n".join(statements.add_columns(dialect, schema, tables.VERSION)))
    found = execute(f"SELECT names FROM {named(schema, tables.VERSION)} WHERE version = {known}")[0][0]
    names = NAMES_OF_VERSION_2 if found is None else json.loads(found)
    return {*names, *(FUNCTIONS if known in _WITHOUT_NAMES_OF_FUNCTIONS else ())}


def _refuse_what_is_not_ours(execute: Execute, schema: str, ours: set[str]) -> None:
    foreign = [
        name
        for name, kind in sorted(_found(execute, schema).items())
        if name not in PLAIN_VIEWS and (name not in ours or (kind == "v") != (name in VIEWS))
    ]
    if foreign:
        raise StoreConfigError(
            f"Schema {schema!r} already holds {', '.join(foreign)}, which this target did not make (did another "
            "loader, behind map-cdm-docs?), and leaves as it is: set 'schema' to another name"
        )


def _free_names(execute: Execute, schema: str, ours: set[str]) -> list[str]:
    """Return the plain views that can be made: nothing else needs them, so a foreign table of such a name may stay."""
    found = _found(execute, schema)
    taken = [name for name in PLAIN_VIEWS if name in found and not (name in ours and found[name] == "v")]
    if taken:
        logger.warning(
            "schema %r already holds %s, which this target did not make and leaves as it is: the views of these names "
            "are not made; for them, set 'schema' to another name",
            schema,
            ", ".join(taken),
        )
    return [name for name in PLAIN_VIEWS if name not in taken]


def _makes(dialect: Dialect, schema: str, table: tables.Table) -> list[str]:
    indexes = statements.create_indexes(schema, table) if dialect.indexes else []
    room = [dialect.room.format(table=named(schema, table))] if dialect.room else []
    return [
        statements.create_table(dialect, schema, table),
        *room,
        *statements.add_columns(dialect, schema, table),
        *indexes,
        *statements.comments(schema, table),
    ]
