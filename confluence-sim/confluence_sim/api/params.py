"""Query and path parameters: a small table of types and bounds, and the check of a request against it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from confluence_sim.api.errors import ApiError

INT64 = 2**63 - 1
INT32 = 2**31 - 1


@dataclass(frozen=True)
class Param:
    """A parameter.

    Args:
        type: what it is called in an error, and how it is read: ``Long``, ``Integer``, ``String``, ``Boolean``,
            ``AttachmentId``, ``Cursor`` or the name of a closed list of words.
        default: value when absent.
        choices: the words allowed.
        many: a comma list (FACTS 1.9); the greatest number of values, or 0 for a single value.
        minimum: least number.
        maximum: greatest number.
        clamp: lower a number over the maximum silently instead of refusing it.
    """

    type: str
    default: Any = None
    choices: tuple[str, ...] = ()
    many: int = 0
    minimum: int = 0
    maximum: int = INT64
    clamp: bool = False

    def read(self, name: str, texts: list[str]) -> Any:
        """Return the value of a parameter that is there.

        Raises:
            ApiError: 400, in the words of FACTS 1.5.
        """
        if not self.many:
            return self._one(name, texts[-1])
        parts = [part.strip() for text in texts for part in text.split(",") if part.strip()]
        if len(parts) > self.many:
            raise bad_request(f"Provided value for '{name}' has {len(parts)} values. At most {self.many} are allowed.")
        return [self._one(name, part) for part in parts]

    def _one(self, name: str, text: str) -> Any:
        wrong = bad_request(
            f"Provided value for '{name}' is not the correct type. Expected type is {self.type}.",
            f"The provided {name} was not valid.",
        )
        if self.choices:
            if text not in self.choices:
                raise wrong
            return text
        if self.type == "Boolean":
            if text.lower() not in ("true", "false"):
                raise wrong
            return text.lower() == "true"
        if self.type in ("Long", "Integer"):
            if not re.fullmatch(r"-?[0-9]{1,19}", text):
                raise wrong
            number = min(int(text), self.maximum) if self.clamp else int(text)
            if not self.minimum <= number <= self.maximum:
                raise bad_request(f"Provided value for '{name}' must be from {self.minimum} to {self.maximum}.")
            return number
        if self.type == "AttachmentId":
            if not re.fullmatch(r"(att)?[0-9]{1,19}", text):
                raise wrong
            return f"att{text.removeprefix('att')}"
        return text


def bad_request(title: str, detail: str | None = None) -> ApiError:
    """Return the 400 of v2 (FACTS 1.5)."""
    return ApiError(400, "INVALID_REQUEST_PARAMETER", title, detail)


def read_params(
    params: Mapping[str, Param], path: Mapping[str, str], query: MultiDict[str, str], *, any_query: bool = False
) -> dict[str, Any]:
    """Hold a request against an endpoint's parameters and return the values by name.

    Args:
        params: the endpoint's.
        path: parts of the path by name.
        query: as sent.
        any_query: pass unknown names over.

    Raises:
        ApiError: 400 for an unknown name or a value out of bounds.
    """
    unknown = sorted(set(query) - set(params))
    if unknown and not any_query:
        raise bad_request(f"Unknown query parameter: {', '.join(unknown)}")
    values = {name: param.default for name, param in params.items()}
    for name, texts in query.lists():
        if name in unknown:
            continue
        values[name] = params[name].read(name, texts)
    for name, text in path.items():
        values[name] = params[name].read(name, [text])
    return values
