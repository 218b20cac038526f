"""Deletion detection: full listings compared with what is remembered."""
