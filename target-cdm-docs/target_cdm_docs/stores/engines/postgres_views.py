"""Views in PostgreSQL made anew without taking them from those who read them (CONTRACT 2.4, law 13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from target_cdm_docs.stores.engines.statements import quoted
from target_cdm_docs.stores.errors import StoreConfigError, one_line

_GRANTS = """
SELECT c.relname, coalesce(quote_ident(r.rolname), 'PUBLIC'), a.privilege_type, a.is_grantable
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE n.nspname = %s AND c.relname = ANY (%s) AND c.relkind = 'v' AND a.grantee <> c.relowner
"""


def replacer(connection: psycopg.Connection[Any], schema: str) -> Callable[[dict[str, str]], None]:
    """Return what makes views (name to query), or makes them anew.

    Columns that only grew at the end are replaced in place, and nobody notices. Else all are dropped, made, and
    granted again, which works as long as no view of somebody else's stands on them.

    Raises:
        StoreConfigError: By what it returns: views of others stand on ours; the message names them.
    """

    def run(*statements: str) -> None:
        with connection.transaction():
            for statement in statements:
                connection.execute(statement.encode())

    def replace(views: dict[str, str]) -> None:
        named = {name: f"{quoted(schema)}.{quoted(name)}" for name in views}
        try:
            run(*(f"CREATE OR REPLACE VIEW {named[name]} AS {query}" for name, query in views.items()))
        except psycopg.errors.InvalidTableDefinition:  # a column went, or has another name or type
            grants = connection.execute(_GRANTS, [schema, list(views)]).fetchall()
            drops = [f"DROP VIEW IF EXISTS {named[name]}" for name in reversed(views)]
            makes = [f"CREATE VIEW {named[name]} AS {query}" for name, query in views.items()]
            keeps = [
                f"GRANT {right} ON {named[name]} TO {who}{' WITH GRANT OPTION' if passes_on else ''}"
                for name, who, right, passes_on in grants
            ]
            try:
                run(*drops, *makes, *keeps)
            except psycopg.errors.DependentObjectsStillExist as error:
                raise StoreConfigError(
                    "The views have to be made anew, and others stand on them: drop those, run once, and make them "
                    f"again ({one_line(error)})"
                ) from None

    return replace
