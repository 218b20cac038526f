"""DuckDB and PostgreSQL: connections, transactions, bulk statements."""
