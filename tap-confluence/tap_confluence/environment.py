"""Settings from the environment and ``.env``: each variable read as its setting's type, and words about others."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values, load_dotenv
from singer_sdk.exceptions import ConfigValidationError

TRUE = ("true", "1", "yes", "on")
FALSE = ("false", "0", "no", "off")
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


def config_from(environ: Mapping[str, str], properties: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The settings that the environment holds, each read as its type; an empty variable is not set.

    Args:
        environ: Variables by name.
        properties: JSON Schema of each setting.
        prefix: What precedes a setting's name in upper case.

    Raises:
        ConfigValidationError: A value is not of its setting's type.
    """
    config = {}
    for name, schema in properties.items():
        text = environ.get(prefix + name.upper(), "").strip()
        if text:
            try:
                config[name] = _typed(text, schema)
            except ValueError as error:
                message = f"{prefix}{name.upper()}: {error}"
                raise ConfigValidationError(message, errors=[message]) from None
    return config


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


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    declared = schema.get("type", "string")
    types = {declared} if isinstance(declared, str) else set(declared)
    if "array" in types:
        return _array(text)
    if "object" in types and text.startswith("{"):
        return json.loads(text)
    if "boolean" in types and text.lower() in (*TRUE, *FALSE):
        return text.lower() in TRUE
    if "boolean" in types and "string" not in types:
        raise ValueError(f"expected true or false, not {text!r}")
    if "integer" in types:
        return _number(text, int, "a whole number")
    if "number" in types:
        return _number(text, float, "a number")
    return text


def _number(text: str, kind: type[int | float], name: str) -> float:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"expected {name}, not {text!r}") from None


def _array(text: str) -> list[Any]:
    """A JSON array, or the short form ``A,B`` for plain texts."""
    if not text.startswith("["):
        return [item.strip() for item in text.split(",") if item.strip()]
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, list):
        raise ValueError('expected a JSON array, e.g. ["ENG"]')  # noqa: TRY004 - the text is wrong, not a type
    return found
