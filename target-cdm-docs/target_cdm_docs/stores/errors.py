"""What goes wrong with a destination, as a person should read it: named, without credentials, with a way out."""

from __future__ import annotations


class StoreError(Exception):
    """A destination cannot be used or did not take a batch; nothing of the batch was written."""


class StoreConfigError(StoreError):
    """The destination's name is not one that can be used."""


class StoreConnectionError(StoreError):
    """The destination cannot be reached, is locked, or went away and did not come back."""


class StoreWriteError(StoreError):
    """The destination refused what was to be written: rights, space on the disk, or a value."""


def one_line(error: BaseException) -> str:
    """Return a driver's words on one line."""
    return " ".join(str(error).split())
