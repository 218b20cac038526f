"""SQL text that DuckDB and PostgreSQL both understand, built from the tables. Pure.

Names come from ``tables`` and from the setting ``schema``; all are quoted, values never stand in a statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from target_cdm_docs.stores.tables.comments import TABLES, of_column
from target_cdm_docs.stores.tables.computed import Column
from target_cdm_docs.stores.tables.tables import ITEM, REVISION, Table
from target_cdm_docs.stores.tables.views import FUNCTIONS, filled


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the databases.

    Attributes:
        types: The database's name of each column type.
        parameter: How the n-th parameter of a statement is written, e.g. ``${n}`` or ``%s``.
        indexes: Whether tables get the further indexes.
        room: Leaves room in the blocks of a ``{table}`` for each row's next version; empty where that means nothing.
        lock: Keeps other writers out of a ``{table}`` until the transaction ends; empty where there can be none.
        forms: How what ``views`` leaves open is written.
        function: How a function is made of ``name``, ``parameters``, ``typed_parameters``, ``columns``, ``settings``
            and ``query``.
        settings: With what settings a function is run: one that reads a few rows, and one that reads whole tables.
        argument: How the n-th parameter of a function, or its ``name``, is written in its query.
        kind_of_function: What ``COMMENT ON`` calls it.
    """

    types: dict[str, str]
    parameter: str
    indexes: bool
    forms: dict[str, str]
    function: str
    argument: str
    kind_of_function: str
    settings: tuple[str, str] = ("", "")
    lock: str = ""
    room: str = ""


def quoted(name: str) -> str:
    """Return an identifier as it may stand in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(value: str) -> str:
    """Return a text as it may stand in SQL where no parameter can (comments)."""
    return "'" + value.replace("'", "''") + "'"


def named(schema: str, table: Table) -> str:
    """Return a table's full name."""
    return f"{quoted(schema)}.{quoted(table.name)}"


def find_schema(schema: str) -> str:
    """Return a query that has a row if the schema is there."""
    return (
        "SELECT 1 FROM information_schema.schemata "
        f"WHERE catalog_name = current_database() AND schema_name = {text_literal(schema)}"
    )


def find_ours(schema: str, relations: Sequence[str], functions: Sequence[str]) -> str:
    """Return a query for those of some names that a schema holds.

    Each with its kind: ``r`` a table, ``v`` a view, ``f`` a function or macro.
    """
    here = f"WHERE n.nspname = {text_literal(schema)}"
    return (
        "SELECT c.relname::text, c.relkind::text FROM pg_catalog.pg_class c "
        f"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace {here} "
        f"AND c.relname IN ({', '.join(map(text_literal, relations))}) "
        "UNION ALL SELECT p.proname::text, 'f' FROM pg_catalog.pg_proc p "
        f"JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace {here} "
        f"AND p.proname IN ({', '.join(map(text_literal, functions))})"
    )


def _listed(names: Sequence[str], prefix: str = "") -> str:
    return ", ".join(prefix + quoted(name) for name in names)


def _defined(dialect: Dialect, column: Column) -> str:
    return f"{quoted(column.name)} {dialect.types[column.type]}"


def create_table(dialect: Dialect, schema: str, table: Table) -> str:
    """Return the statement that makes a table if it is not there."""
    columns = [
        _defined(dialect, column) + (f" DEFAULT {column.default}" if column.default else "")
        for column in table.everything
    ]
    return (
        f"CREATE TABLE IF NOT EXISTS {named(schema, table)} ({', '.join(columns)}, PRIMARY KEY ({_listed(table.key)}))"
    )


def add_columns(dialect: Dialect, schema: str, table: Table) -> list[str]:
    """Return statements that add what an older table has not; its rows say nothing there, defaults are for new ones."""
    alter = f"ALTER TABLE {named(schema, table)}"
    return [f"{alter} ADD COLUMN IF NOT EXISTS {_defined(dialect, column)}" for column in table.everything] + [
        f"{alter} ALTER COLUMN {quoted(column.name)} SET DEFAULT {column.default}"
        for column in table.everything
        if column.default
    ]


def compute(schema: str, table: Table) -> list[str]:
    """Return statements that fill the computed columns of rows that were written before there were any."""
    filled = [
        (column, expression)
        for each in table.computed
        for column, expression in zip(each.columns, each.expressions, strict=True)
    ]
    if not filled:
        return []
    assigned = ", ".join(f"{quoted(column.name)} = {expression}" for column, expression in filled)
    differs = " OR ".join(f"{quoted(column.name)} IS DISTINCT FROM ({expression})" for column, expression in filled)
    return [f"UPDATE {named(schema, table)} SET {assigned} WHERE {differs}"]


def create_indexes(schema: str, table: Table) -> list[str]:
    """Return statements that make a table's further indexes."""
    on = f"ON {named(schema, table)}"
    plain = [f"{_create_index(table, columns)} {on} ({_listed(columns)})" for columns in table.indexes]
    return plain + [
        f"{_create_index(table, (word,))} {on} USING hash ({quoted(word)})" + (f" WHERE {rows}" if rows else "")
        for word, rows in table.words
    ]


def _create_index(table: Table, columns: Sequence[str]) -> str:
    return f"CREATE INDEX IF NOT EXISTS {quoted('_'.join(('ix', table.name, *columns)))}"


def comment(kind: str, path: Sequence[str], words: str) -> str:
    """Return the statement that says what something is, a ``VIEW`` or a ``COLUMN``."""
    return f"COMMENT ON {kind} {'.'.join(map(quoted, path))} IS {text_literal(words)}"


def comments(schema: str, table: Table) -> list[str]:
    """Return statements that say what a table and its columns are."""
    name = named(schema, table)
    return [f"COMMENT ON TABLE {name} IS {text_literal(TABLES[table.name])}"] + [
        f"COMMENT ON COLUMN {name}.{quoted(column.name)} IS {text_literal(comment)}"
        for column in table.everything
        if (comment := of_column(table.name, column.name))
    ]


def create_function(dialect: Dialect, schema: str, name: str) -> list[str]:
    """Return statements that make a function or put it in the place of an older one."""
    made = FUNCTIONS[name]
    query = filled(made.query, quoted(schema), dialect.forms)
    for n, parameter in enumerate(made.parameters):
        query = query.replace(f"{{{parameter}}}", dialect.argument.format(n=n + 1, name=parameter))
    full = f"{quoted(schema)}.{quoted(name)}"
    typed_parameters = [f"{parameter} {kind}" for parameter, kind in made.parameters.items()]
    statement = dialect.function.format(
        name=full,
        parameters=", ".join(made.parameters),
        typed_parameters=", ".join(typed_parameters),
        columns=", ".join(f"{column} {kind}" for column, kind in made.columns.items()),
        settings=dialect.settings[made.reads_all],
        query=query,
    )
    called = f"{full}({', '.join(made.parameters.values())})" if dialect.kind_of_function == "FUNCTION" else full
    return [statement, f"COMMENT ON {dialect.kind_of_function} {called} IS {text_literal(made.comment)}"]


def lists(dialect: Dialect, table: Table, columns: Sequence[str], *, offset: int = 0) -> str:
    """Return a query that turns lists, one a column, into rows with columns k0, k1 …."""
    parts = []
    for i, column in enumerate(columns):
        kind = "text" if table.type_of(column) == "json" else table.type_of(column)
        parameter = dialect.parameter.format(n=offset + i + 1)
        parts.append(f"unnest({parameter}::{dialect.types[kind]}[]) AS k{i}")
    return "SELECT " + ", ".join(parts)


def typed(dialect: Dialect, table: Table, columns: Sequence[str]) -> list[str]:
    """Return expressions for the columns of ``lists`` in their tables' types."""
    return [
        f"s.k{i}::{dialect.types['json']}" if table.type_of(column) == "json" else f"s.k{i}"
        for i, column in enumerate(columns)
    ]


def matching(by: Sequence[str]) -> str:
    """Return the condition that a table's row ``t`` has the key in a row ``s`` of ``lists``."""
    return " AND ".join(f"t.{quoted(column)} = s.k{i}" for i, column in enumerate(by))


def fetch(dialect: Dialect, schema: str, table: Table, columns: Sequence[str], by: Sequence[str]) -> str:
    """Return a query for the rows that have given keys."""
    keys = lists(dialect, table, by)
    return f"SELECT {_listed(columns, 't.')} FROM {named(schema, table)} t JOIN ({keys}) s ON {matching(by)}"


def fetch_all(schema: str, table: Table, columns: Sequence[str]) -> str:
    """Return a query for all rows."""
    return f"SELECT {_listed(columns)} FROM {named(schema, table)}"


def insert(dialect: Dialect, schema: str, table: Table, columns: Sequence[str], rows: str) -> str:
    """Return a statement that adds the rows of a query with columns k0, k1 …."""
    values = ", ".join(typed(dialect, table, columns))
    return f"INSERT INTO {named(schema, table)} ({_listed(columns)}) SELECT {values} FROM ({rows}) s"


def update(
    dialect: Dialect,
    schema: str,
    table: Table,
    by: Sequence[str],
    columns: Sequence[str],
    *,
    rows: str,
    changed: bool,
    run_id: str | None,
) -> str:
    """Return a statement that sets columns from the rows of a query: the key's columns first, then the columns."""
    width = len(by)
    values = typed(dialect, table, (*by, *columns))[width:]
    assigned = [
        f"{quoted(name)} = {value}" for name, value in zip(columns, values, strict=True) if name not in table.key
    ]
    assigned += [f"{quoted(stamp)} = now()" for stamp in ("synced_at", *(("changed_at",) if changed else ()))]
    for stamp in table.stamps:
        if stamp.follows in columns:
            differs = f"t.{quoted(stamp.follows)} IS DISTINCT FROM {values[columns.index(stamp.follows)]}"
            assigned.append(f"{quoted(stamp.name)} = CASE WHEN {differs} THEN now() ELSE t.{quoted(stamp.name)} END")
    if changed and table.is_of_runs:
        assigned.append(f"run_id = {'NULL' if run_id is None else text_literal(run_id)}")
    return f"UPDATE {named(schema, table)} AS t SET {', '.join(assigned)} FROM ({rows}) s WHERE {matching(by)}"


def touch(dialect: Dialect, schema: str, table: Table, by: Sequence[str]) -> str:
    """Return a statement that says that rows with given keys were seen."""
    keys = lists(dialect, table, by)
    return f"UPDATE {named(schema, table)} AS t SET synced_at = now() FROM ({keys}) s WHERE {matching(by)}"


def delete(dialect: Dialect, schema: str, table: Table, by: Sequence[str]) -> str:
    """Return a statement that removes rows with given keys."""
    return f"DELETE FROM {named(schema, table)} AS t USING ({lists(dialect, table, by)}) s WHERE {matching(by)}"


def delete_before(dialect: Dialect, schema: str, table: Table, by: str, moment: str) -> str:
    """Return a statement that removes rows with given keys that are older than the moments given with them."""
    keys = lists(dialect, table, (by, moment))
    return (
        f"DELETE FROM {named(schema, table)} AS t USING ({keys}) s "
        f"WHERE t.{quoted(by)} = s.k0 AND t.{quoted(moment)} < s.k1"
    )


def delete_revisions(schema: str, keep: int) -> str:
    """Return a statement that removes the revisions of each item but the newest ones."""
    return (
        f"DELETE FROM {named(schema, REVISION)} AS r USING {named(schema, ITEM)} i "
        f"WHERE r.item_cdm_id = i.cdm_id AND r.revision_number <= i.version_number - {keep:d}"
    )
