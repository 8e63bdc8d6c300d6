"""Where the user's code keeps weights or a model for later, as its text tells."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from types import FrameType

from .. import sites, source
from ..sites import Site

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_AROUND = (*_LOOPS, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_ADDING = {"append", "update", "setdefault", "add", "insert"}
# How weights are reached in words of code.
_WEIGHTS = {"parameters", "named_parameters", "state_dict", "data", "detach", "vars", "__dict__", "_parameters"}
_TRAINING = {"backward", "step"}


def kept_as(site: Site) -> set[str]:
    """The names that the statement at a line gives its value to, or adds it to."""
    line = source.statement(site)
    # A loop keeps what the lines in it do.
    lines = line.body if isinstance(line, _LOOPS) else [line] if line is not None else []
    return {name for one in lines for name, _ in _kept_by(one)}


def given(site: Site, *methods: str) -> set[str]:
    """The names in what calls of these methods at a line are given; of an element of a loop, what is looped over."""
    names = set()
    for method in methods:
        for call in source.calls_of(site, method):
            names |= {name for argument in call.args for name in _names(argument)}
    return names | {name for loop in source.nodes_at(site) for name in _looped(loop, names)}


def keeping(names: set[str], site: Site) -> Site | None:
    """The line that keeps weights under one of these names, with training between it and the line that uses them."""
    found: Site | None = None
    for file in _files(site):
        parsed = source.tree(file)
        lines = [node for node in ast.walk(parsed) if isinstance(node, ast.stmt)] if parsed is not None else []
        for line in lines:
            for name, value in _kept_by(line):
                if name in names and value is not None and apart(kept := Site(file, line.lineno), site):
                    if _WEIGHTS & set(source.words_in(value)):
                        return kept
                    # A function of the user's may give them.
                    found = found or (kept if isinstance(value, ast.Call) and value.args else None)
    return found


def alias(name: str, files: Iterable[str]) -> Site | None:
    """The line that names a model the best one, `best_model = model`, where nothing else is ever made of the name, it
    depends on a comparison, and somebody reads the name elsewhere."""
    lines, read = [], False
    for file in files:
        parsed = source.tree(file)
        branches = [node for node in ast.walk(parsed) if isinstance(node, ast.If)] if parsed is not None else []
        inside: set[ast.AST] = set()
        for node in ast.walk(parsed) if parsed is not None else ():
            for kept, value in _kept_by(node):
                if kept != name or value is None or isinstance(value, ast.Constant):
                    continue
                if not isinstance(node, ast.Assign) or not _no_copy(value):
                    return None
                around = [branch for branch in branches if node in branch.body and _compares(branch)]
                inside |= {part for branch in around for part in ast.walk(branch)}
                lines += [Site(file, node.lineno) for _ in around[:1]]
        reads = [node for node in ast.walk(parsed) if _name(node) == name] if parsed is not None else []
        read = read or any(isinstance(getattr(n, "ctx", None), ast.Load) and n not in inside for n in reads)
    return lines[0] if lines and read else None


def in_loop_of(line: Site, frame: FrameType) -> bool:
    """Tell whether a frame runs the loop that a line stands in; also where it stands in none of this function."""
    code = frame.f_code
    loops = (
        [node for node in source.nodes_at(line) if isinstance(node, _LOOPS)] if line.file == code.co_filename else []
    )
    return not loops or loops[0] in source.nodes_at(Site(code.co_filename, frame.f_lineno))


def apart(kept: Site, used: Site) -> bool:
    """Tell whether a line keeps something in a loop or a function that the other has left, or before training."""
    around, left = (
        [node for node in source.nodes_at(site) if isinstance(node, _AROUND)] if site.file == used.file else []
        for site in (used, kept)
    )
    if kept.file != used.file or any(node not in around for node in left):
        return True
    scope = source.scope(used)
    calls = [node for node in ast.walk(scope) if isinstance(node, ast.Call)] if scope is not None else []
    return any(kept.line < call.lineno < used.line and _trains(call) for call in calls)


def _files(site: Site) -> list[str]:
    """The file of a line, and those of the user's other modules."""
    modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return list(dict.fromkeys([site.file, *(file for file in modules if file and sites.is_own(file))]))


def _kept_by(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, value) of what a statement keeps."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=False))
            else:
                pairs = [(target, node.value)]
            yield from ((name, value) for part, value in pairs if (name := _name(part)))
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and _name(node.target):
        yield _name(node.target), node.value
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if isinstance(call.func, ast.Attribute) and call.func.attr in _ADDING and _name(call.func.value):
            yield _name(call.func.value), next(iter(call.args[-1:]), None)


def _name(node: ast.AST) -> str:
    """The name of a variable or an attribute, also of one that is indexed."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.AST) -> set[str]:
    return {_name(part) for part in ast.walk(node)} - {""}


def _looped(loop: ast.AST, elements: set[str]) -> set[str]:
    """The names that a loop goes over, if one of these is its element: of `zip`, the part that the element is of."""
    if not isinstance(loop, ast.For):
        return set()
    if isinstance(loop.target, ast.Tuple) and isinstance(loop.iter, ast.Call) and _name(loop.iter.func) == "zip":
        pairs = zip(loop.target.elts, loop.iter.args, strict=False)
        return {name for part, of in pairs if _name(part) in elements for name in _names(of)}
    return _names(loop.iter) if _names(loop.target) & elements else set()


def _trains(call: ast.Call) -> bool:
    name = _name(call.func)
    return name in _TRAINING or (bool(call.args) and any(word in name for word in ("train", "fit")))


def _no_copy(value: ast.expr) -> bool:
    """Tell whether an expression is a name for something, or a shallow copy of it."""
    if isinstance(value, ast.Call) and len(value.args) == 1 and _name(value.func) == "copy":
        value = value.args[0]
    return isinstance(value, ast.Name | ast.Attribute)


def _compares(branch: ast.If) -> bool:
    return any(isinstance(part, ast.Compare) for part in ast.walk(branch.test))
