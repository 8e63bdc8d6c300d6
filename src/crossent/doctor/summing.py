"""How the user's code averages the losses of batches, as far as its text tells."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from . import source
from .sites import Site

_MEANS = re.compile(r"(^|\.)(mean|fmean|average|nanmean|sum|tensor|array|avg)$")


@dataclass(frozen=True)
class Sum:
    """A line that adds up losses which are averaged later; `weighted` if each is multiplied by something first."""

    site: Site
    text: str
    weighted: bool


def sum_of(stack: list[Site]) -> Sum | None:
    """The sum that a loss read at `stack[0]` goes into; `stack` are the lines of the user's running functions."""
    for site in stack:
        line = source.statement(site)
        if line is None:
            return None
        found = _adding(site, line) or _listed(site, line)
        if found is not None:
            return found
        if isinstance(line, ast.Assign) and len(line.targets) == 1:
            return _sum_of_name(site, ast.unparse(line.targets[0]))
        if not isinstance(line, ast.Return):
            return None
    return None


def detached_sum(site: Site) -> Sum | None:
    """The sum in the same function that the loss computed at a line goes into as `loss.detach()`."""
    line = source.statement(site)
    if not isinstance(line, ast.Assign) or len(line.targets) != 1:
        return None
    name = ast.unparse(line.targets[0])
    scope = source.scope(site)
    for node in ast.walk(scope) if scope is not None else ():
        if isinstance(node, ast.stmt) and re.search(rf"\b{re.escape(name)}\.(detach\(\)|data\b)", ast.unparse(node)):
            found = _adding(site._replace(line=node.lineno), node)
            if found is not None:
                return found
    return None


def _sum_of_name(site: Site, name: str) -> Sum | None:
    """The sum that a number, once it has a name, goes into in the same function."""
    scope = source.scope(site)
    for node in ast.walk(scope) if scope is not None else ():
        if isinstance(node, ast.AugAssign | ast.Expr) and any(
            isinstance(part, ast.Name) and part.id == name for part in ast.walk(node)
        ):
            found = _adding(site._replace(line=node.lineno), node)
            if found is not None:
                return found
    return None


def _adding(site: Site, line: ast.stmt) -> Sum | None:
    """The sum that a statement adds to: `x += …`, `x = x + …`, `x.append(…)`, `meter.update(…)`."""
    holder: ast.expr | None = None
    value: ast.expr | None = None
    weighted = False
    if isinstance(line, ast.AugAssign) and isinstance(line.op, ast.Add):
        holder, value = line.target, line.value
    elif isinstance(line, ast.Assign) and isinstance(line.value, ast.BinOp) and isinstance(line.value.op, ast.Add):
        target = ast.unparse(line.targets[0])
        if target in (ast.unparse(line.value.left), ast.unparse(line.value.right)):
            holder, value = line.targets[0], line.value
    elif isinstance(line, ast.Expr) and isinstance(line.value, ast.Call):
        call = line.value
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("append", "update", "add") and call.args:
            holder, value = call.func.value, call.args[0]
            weighted = call.func.attr != "append" and len(call.args) + len(call.keywords) > 1
            if call.func.attr != "append":
                # A meter divides by itself.
                return Sum(site, ast.unparse(line), weighted)
    if holder is None and (each := _each_of(line)) is not None:
        if _divided_at_once(line):
            return Sum(site._replace(line=line.lineno), ast.unparse(line), _multiplies(each))
        if isinstance(line, ast.Assign):
            holder, value = line.targets[0], each
    if holder is None or value is None or not _averaged(site, holder):
        return None
    return Sum(site._replace(line=line.lineno), ast.unparse(line), weighted or _multiplies(value))


def _multiplies(value: ast.expr) -> bool:
    return any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult) for part in ast.walk(value))


def _each_of(line: ast.stmt) -> ast.expr | None:
    """The loss in `[loss.item() for …]` or `sum(loss.item() for …)`."""
    for part in ast.walk(line):
        if isinstance(part, ast.ListComp | ast.GeneratorExp) and ".item()" in ast.unparse(part.elt):
            return part.elt
    return None


def _divided_at_once(line: ast.stmt) -> bool:
    """Return whether a comprehension is averaged where it stands: `sum(… for …) / n`, `mean([… for …])`."""
    for part in ast.walk(line):
        if isinstance(part, ast.Call) and part.args and isinstance(part.args[0], ast.ListComp | ast.GeneratorExp):
            name = ast.unparse(part.func).rpartition(".")[2]
            if name in ("mean", "fmean", "average") or (name == "sum" and _is_divided(line, part)):
                return True
    return False


def _is_divided(line: ast.stmt, call: ast.Call) -> bool:
    return any(
        isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div) and part.left is call for part in ast.walk(line)
    )


def _listed(site: Site, line: ast.stmt) -> Sum | None:
    """The losses that a comprehension lists, which are averaged in the same statement or later."""
    for part in ast.walk(line):
        if isinstance(part, ast.ListComp | ast.GeneratorExp) and part.lineno <= site.line:
            text = ast.unparse(line)
            named = isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
            at_once = re.search(r"\bmean\(|\bsum\(.*\) /", text)
            if at_once or (named and isinstance(line, ast.Assign) and _averaged(site, line.targets[0])):
                products = (isinstance(one, ast.BinOp) and isinstance(one.op, ast.Mult) for one in ast.walk(part.elt))
                return Sum(site, text, any(products))
    return None


def _averaged(site: Site, holder: ast.expr) -> bool:
    """Return whether the sum is divided by a count somewhere in the file, or averaged as a list, or returned."""
    if isinstance(holder, ast.Subscript):
        holder = holder.value
    name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
    tree = source.tree(site.file)
    if not name or tree is None:
        return False
    averaged = False
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _names(node.left, name):
            if isinstance(node.right, ast.Constant) and _in_loop_of(tree, node.lineno, site.line):
                # The mean of a window of so many batches.
                return False
            averaged = True
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div) and _names(node.target, name):
            averaged = True
        elif isinstance(node, ast.Call) and node.args and _MEANS.search(ast.unparse(node.func)):
            averaged = averaged or (_names(node.args[0], name) and "sum" not in ast.unparse(node.func))
        elif isinstance(node, ast.Return) and node.value is not None and isinstance(node.value, ast.Name | ast.Tuple):
            averaged = averaged or _names(node.value, name)
    return averaged


def _names(node: ast.expr, name: str) -> bool:
    return any(
        (isinstance(part, ast.Name) and part.id == name) or (isinstance(part, ast.Attribute) and part.attr == name)
        for part in ast.walk(node)
    )


def _in_loop_of(tree: ast.Module, line: int, added: int) -> bool:
    """Return whether a line stands in the innermost loop around the line that adds."""
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    around = [loop for loop in loops if loop.lineno <= added <= (loop.end_lineno or loop.lineno)]
    if not around:
        return False
    inner = max(around, key=lambda loop: loop.lineno)
    return inner.lineno <= line <= (inner.end_lineno or inner.lineno)
