"""The text of the user's code around a line; a hint where tensors cannot tell."""

from __future__ import annotations

import ast
import inspect
import linecache
from functools import lru_cache
from typing import Any

from .sites import Site

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def tree(file: str) -> ast.Module | None:
    """A file's code; None where there is none to read."""
    # linecache knows notebook cells too.
    return _parsed("".join(linecache.getlines(file)))


# By the text, not by the name: a cell or a module that is run again after an edit keeps its name.
@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text) if text else None
    except (SyntaxError, ValueError):
        return None


def nodes_at(site: Site) -> list[ast.AST]:
    """The nodes of a file that include a line, outermost first."""
    parsed = tree(site.file)
    if parsed is None:
        return []
    found: list[ast.AST] = []
    for node in ast.walk(parsed):
        first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if first is not None and last is not None and first <= site.line <= last:
            found.append(node)
    return found


def scope(site: Site) -> ast.AST | None:
    """The innermost function around a line, the whole file where there is none."""
    functions = [node for node in nodes_at(site) if isinstance(node, _FUNCTIONS)]
    return functions[-1] if functions else tree(site.file)


def statement(site: Site) -> ast.stmt | None:
    """The innermost statement at a line."""
    found = statements(site)
    return found[-1] if found else None


def statements(site: Site) -> list[ast.stmt]:
    """The innermost statements at a line: several where they stand one after the other."""
    found = [node for node in nodes_at(site) if isinstance(node, ast.stmt)]
    return [node for node in found if not any(part in found for part in ast.walk(node) if part is not node)]


def calls_of(site: Site, method: str) -> list[ast.Call]:
    """The calls `….method(…)` (or `method(…)`) at a line."""
    found = []
    for node in nodes_at(site):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name == method:
                found.append(node)
    return found


def seen_from(function: Any) -> dict[str, Any]:
    """The variables around a function that its code uses: of its module, or of the functions that it stands in."""
    if not inspect.isfunction(function):
        return {}
    around = inspect.getclosurevars(function)
    return {**around.globals, **around.nonlocals}


def words_in(node: ast.AST) -> list[str]:
    """Every word of an expression: names, attributes, strings."""
    words = []
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            words.append(part.id)
        elif isinstance(part, ast.Attribute):
            words.append(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            words.append(part.value)
    return words
