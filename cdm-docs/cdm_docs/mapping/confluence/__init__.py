"""Confluence's records (CONTRACT 1.2) as rows: another source system would be another module beside this one. Pure."""
