"""The files of the package, and who imports whom: lazy and type-only imports are imports too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import crossent

SOURCE = Path(crossent.__file__).parent
# Module → file.
MODULES = {
    ".".join(["crossent", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__"): path
    for path in sorted(SOURCE.rglob("*.py"))
}


@cache
def imported(module: str) -> set[str]:
    """Dotted names that a module imports, relative ones resolved."""
    path = MODULES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            found.add(name)
            found.update(f"{name}.{alias.name}" for alias in node.names)
    return found


def imported_modules(module: str) -> set[str]:
    """Modules of the package that a module imports from, by name or by one of their names."""
    names = imported(module) & MODULES.keys()
    # `from . import rules` names the package too, but asks it for nothing.
    packages = {name for name in names if MODULES[name].name == "__init__.py"}
    return (names - packages | {name for name in packages if _asked(module, name)}) - {module}


def _asked(module: str, package: str) -> bool:
    """Return whether a module imports something of a package's own, not only modules below it."""
    below = {name for name in imported(module) if name.rpartition(".")[0] == package}
    return not below or bool(below - MODULES.keys())


def circles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """The strongly connected parts of more than one node: who is in one can come back to itself."""
    reach = {node: _reach(graph, node) for node in graph}
    seen: set[str] = set()
    for node in graph:
        circle = sorted(other for other in reach[node] if node in reach[other])
        if len(circle) > 1 and node not in seen:
            seen.update(circle)
            yield circle


def _reach(graph: dict[str, set[str]], start: str) -> set[str]:
    """The nodes to which arrows lead from a node; itself only if one comes back."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = graph[waiting.pop()] - found
        found |= fresh
        waiting.extend(fresh)
    return found
