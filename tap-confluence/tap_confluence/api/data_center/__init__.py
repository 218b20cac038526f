"""Confluence Data Center: its one REST API, 7.9 to 10 (FACTS 7)."""
