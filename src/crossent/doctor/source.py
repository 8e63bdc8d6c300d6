"""The text of the user's code around a line; a hint where tensors cannot tell."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from .sites import Site

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_PARSING = threading.RLock()
_TRIES = 8
_Result = TypeVar("_Result")


def tree(file: str) -> ast.Module | None:
    """A file's code; None where there is none to read."""
    # linecache knows notebook cells too.
    return _parsed("".join(linecache.getlines(file)))


# By the text, not by the name: a cell or a module that is run again after an edit keeps its name.
@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module | None:
    try:
        return _undisturbed(ast.parse, text) if text else None
    except (SyntaxError, ValueError):
        return None


def text_of(thing: Any) -> str:
    """The text of a function, a class or a module; empty where there is none to read."""
    try:
        return _undisturbed(inspect.getsource, thing)
    except (OSError, TypeError):
        return ""


def function_tree(function: Any) -> ast.Module | None:
    """The code of a function alone; None where there is none to read."""
    return _parsed(textwrap.dedent(text_of(function)))


def _undisturbed(parse: Callable[[Any], _Result], thing: Any) -> _Result:
    """The result of a function of the parser, also while other threads parse.

    Python 3.11 counts the depth of all threads' trees in one number (cpython#106905): where the garbage collector
    lets another thread in between, a right text ends in a SystemError. The lock keeps the doctor's calls apart, the
    repetition what the user's threads do.
    """
    with _PARSING:
        for _ in range(_TRIES):
            try:
                return parse(thing)
            except SystemError:
                continue
        return parse(thing)


def nodes_at(site: Site) -> list[ast.AST]:
    """The nodes of a file that include a line, outermost first."""
    parsed = tree(site.file)
    if parsed is None:
        return []
    found: list[ast.AST] = []
    rest: list[ast.AST] = [parsed]
    for node in rest:
        first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if first is not None and last is not None:
            if first <= site.line <= last:
                found.append(node)
            # Decorators stand above the first line of what they decorate.
            elif site.line > last or not getattr(node, "decorator_list", ()):
                continue
        rest.extend(ast.iter_child_nodes(node))
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
