"""The part of CQL that connectors use: text in, matching contents out."""

from __future__ import annotations

from confluence_sim.cql.match import Searcher, search
from confluence_sim.cql.order import Order, Place, order_of
from confluence_sim.cql.parse import Clause, CqlError, Query, clauses, parse

__all__ = ["Clause", "CqlError", "Order", "Place", "Query", "Searcher", "clauses", "order_of", "parse", "search"]
