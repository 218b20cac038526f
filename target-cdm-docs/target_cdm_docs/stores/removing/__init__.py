"""Removing rows for good (``hard_delete``), and keeping what may count again."""
