"""What stands in the environment and in ``.env``, and words about what is not read of it."""

from __future__ import annotations

import os
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values, load_dotenv

DOTENV = Path(".env")
"""In the working directory, where Meltano looks for it, too."""


def read_dotenv() -> str | None:
    """Put what stands in ``.env`` into the environment; what is set there already wins. Says why it cannot be read."""
    try:
        load_dotenv(DOTENV, override=False, encoding="utf-8")
    except OSError as error:
        return f".env cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return ".env cannot be read: it is not UTF-8"
    return None


def left_unread(known: Collection[str], prefix: str) -> str | None:
    """Say what to add, if a setting stands in the environment or in ``.env`` and nobody has asked to read them.

    Args:
        known: Names of settings.
        prefix: What precedes a setting's name in upper case.
    """
    variables = [prefix + name.upper() for name in known]
    for where, values in (("set", os.environ), ("in .env", dotenv_values(DOTENV))):
        if found := next((name for name in variables if values.get(name)), None):
            return f"{found} is {where}, and not read: add --config=ENV"
    return None


def typos_in(environ: Collection[str], known: Collection[str], prefix: str) -> list[str]:
    """Words about variables that are nearly a setting's; others with the prefix may be somebody else's.

    Args:
        environ: Names of variables.
        known: Names of settings.
        prefix: What precedes a setting's name in upper case.
    """
    found = []
    for variable in sorted(environ):
        name = variable.removeprefix(prefix).lower()
        if not variable.startswith(prefix) or name in known or name.startswith("_"):  # two underlines: Meltano's extras
            continue
        if near := get_close_matches(name, known, n=1):
            found.append(f"{variable} is not read; did you mean {prefix}{near[0].upper()}?")
    return found
