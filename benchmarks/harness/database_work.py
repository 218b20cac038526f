"""What a database did: which tables it read as a whole, what it wrote, and how large its tables are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import psycopg

SMALL = 2000
"""Rows of a table that may be read as a whole: spaces, groups, runs."""

_COUNTERS = """
SELECT relname, seq_tup_read, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, pg_total_relation_size(relid)
FROM pg_stat_user_tables
"""


@dataclass(frozen=True)
class Work:
    """What PostgreSQL has done so far.

    Attributes:
        tables: By table: rows read by scans of it, inserted, updated, updated in their block (HOT), deleted; its size.
        wal: Bytes of the write-ahead log.
    """

    tables: dict[str, tuple[int, ...]] = field(default_factory=dict)
    wal: int = 0

    def since(self, before: Work) -> Work:
        """What was done in between."""
        nothing = (0,) * 6
        changed = {
            name: tuple(now - then for now, then in zip(counts, before.tables.get(name, nothing), strict=True))
            for name, counts in self.tables.items()
        }
        return Work(changed, self.wal - before.wal)

    @property
    def scans(self) -> str:
        """Large tables that were read as a whole, or ``by index``."""
        read = [f"{name} ({counts[0]:,})" for name, counts in sorted(self.tables.items()) if counts[0] > SMALL]
        return f"reads all of {', '.join(read)}" if read else "by index"

    @property
    def writes(self) -> str:
        """Rows that were written, how many of the updates were HOT, what went into the log, how much tables grew."""
        _, inserted, updated, hot, deleted, grown = map(sum, zip(*self.tables.values(), strict=True))
        share = f"{hot / updated:.0%} of {updated:,} updates HOT" if updated else "no update"
        return (
            f"{share}, {inserted:,} rows in, {deleted:,} out; WAL {self.wal / 1e6:.1f} MB; "
            f"tables and indexes {grown / 1e6:+.1f} MB"
        )


def work(connection: psycopg.Connection[Any]) -> Work:
    """Return what PostgreSQL has done so far, this connection's own work included."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    connection.execute("SELECT pg_stat_clear_snapshot()")
    tables = {name: tuple(map(int, counts)) for name, *counts in connection.execute(_COUNTERS).fetchall()}
    row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
    return Work(tables, int(row[0]) if row else 0)


def scans_in_duckdb(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """Return which tables DuckDB's plan reads by a column, and which by their key's index."""
    (_, text), *_ = connection.execute(f"EXPLAIN (FORMAT json) {query}").fetchall()
    found = {(info["Table"].rpartition(".")[2], info.get("Type", "")) for info in _infos(json.loads(text))}
    by_index = sorted({table for table, kind in found if "Index" in kind})
    columns = sorted({table for table, kind in found if "Index" not in kind})
    said = [f"reads columns of {', '.join(columns)}"] if columns else []
    return "; ".join([*said, *([f"by index {', '.join(by_index)}"] if by_index else [])])


def _infos(plan: Any) -> Iterator[dict[str, Any]]:
    if isinstance(plan, list):
        for each in plan:
            yield from _infos(each)
    elif isinstance(plan, dict):
        info = plan.get("extra_info")
        if isinstance(info, dict) and "Table" in info:
            yield info
        yield from _infos(plan.get("children", []))
