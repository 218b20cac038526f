"""Docstrings keep up with the code: their examples run, and what they name is there."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from collections.abc import Iterator

import pytest
from generate import ROOT

PACKAGES = ("tap-confluence/tap_confluence", "cdm-docs/cdm_docs", "target-cdm-docs/target_cdm_docs")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MODULES = sorted(
    ".".join(path.relative_to((ROOT / package).parent).with_suffix("").parts)
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", MODULES)
def test_an_example_in_a_docstring_does_what_it_says(module: str) -> None:
    done = doctest.testmod(importlib.import_module(module))
    assert done.attempted > 0
    assert done.failed == 0


def listed(node: ast.AST, section: str) -> set[str]:
    """The names that a section of a docstring explains."""
    text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef | ast.ClassDef) else None
    found = re.search(rf"^{section}:\n((?:[ ]+.*\n?|\n)+)", text or "", re.MULTILINE)
    return set(re.findall(r"^ {4}\**(\w+)(?:, \w+)*:", found[1], re.MULTILINE)) if found else set()


def known(node: ast.FunctionDef | ast.ClassDef) -> set[str]:
    """The parameters of a function; what a class and its methods assign, and the methods."""
    if isinstance(node, ast.FunctionDef):
        arguments = node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        return {argument.arg for argument in every if argument is not None}
    names = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
    for each in ast.walk(node):
        if isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Store):
            names.add(each.id if isinstance(each, ast.Name) else each.attr)
    for method in (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"):
        names |= known(method)
    return names


def stale() -> Iterator[str]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                for name in (listed(node, "Args") | listed(node, "Attributes")) - known(node):
                    yield f"{path.relative_to(ROOT)}: {node.name}: {name}"


def test_what_a_docstring_explains_is_a_parameter_or_an_attribute() -> None:
    assert list(stale()) == []
