"""Keep STATE in the PostgreSQL database that the documents are in: for runs on machines that keep nothing.

``elt_state.py load FILE`` makes the file what the database has (no file if it has none), ``elt_state.py save FILE``
keeps it there; with any other destination both do nothing. ELT_NAME tells several jobs of one database apart.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psycopg
from dotenv import load_dotenv

MAKE = """
    CREATE TABLE IF NOT EXISTS confluence_elt_state (
        name text PRIMARY KEY, state text NOT NULL, kept_at timestamptz NOT NULL
    )
"""
KEEP = """
    INSERT INTO confluence_elt_state VALUES (%s, %s, now())
    ON CONFLICT (name) DO UPDATE SET state = excluded.state, kept_at = excluded.kept_at
"""


def load(connection: psycopg.Connection, name: str) -> str | None:
    """Return the STATE of a job, or None if there is none yet."""
    if connection.execute("SELECT to_regclass('confluence_elt_state')").fetchone() == (None,):
        return None
    found = connection.execute("SELECT state FROM confluence_elt_state WHERE name = %s", [name]).fetchone()
    return found[0] if found else None


def main(verb: str, file: Path) -> None:
    """Load or save the STATE in a file."""
    load_dotenv(".env", override=False)
    destination = os.environ.get("TARGET_CDM_DOCS_DESTINATION", "")
    if not destination.startswith(("postgresql://", "postgres://")):
        return
    name = os.environ.get("ELT_NAME", "confluence")
    with psycopg.connect(destination) as connection:
        if schema := os.environ.get("TARGET_CDM_DOCS_SCHEMA"):
            connection.execute("SELECT set_config('search_path', quote_ident(%s), false)", [schema])
        if verb == "save":
            connection.execute(MAKE)
            connection.execute(KEEP, [name, file.read_text(encoding="utf-8")])
        elif state := load(connection, name):
            file.write_text(state, encoding="utf-8")
        else:
            file.unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
