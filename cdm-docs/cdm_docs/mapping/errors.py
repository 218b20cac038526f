"""What goes wrong with a record."""

from __future__ import annotations


class MappingError(Exception):
    """A record that cannot be mapped; the message names stream, id and field."""
