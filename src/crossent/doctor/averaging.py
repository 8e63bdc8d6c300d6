"""Where the user's code divides what it has added up, as far as its text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from . import source
from .sites import Site

# Methods and functions whose result is still the loss, or the sum of it.
SAME = frozenset(
    ["item", "detach", "cpu", "cuda", "to", "clone", "float", "double", "numpy", "tolist", "mean", "sum", "squeeze"]
)
SUMS = frozenset(
    ["sum", "fsum", "float", "tensor", "stack", "array", "asarray", "as_tensor", "FloatTensor", "Tensor", "cat"]
)
MEANS = frozenset(["mean", "fmean", "average", "nanmean", "avg"])
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


@dataclass(frozen=True)
class Division:
    """A line that makes a mean of what was added; `count` is None where that counts by itself (a list, a meter)."""

    site: Site
    text: str
    count: ast.expr | None


def division(site: Site, holder: ast.expr, stack: list[Site]) -> Division | None:
    """Where a sum is divided by a count: in its function, anywhere for an attribute, or by who called the function."""
    # Of a dictionary of sums the one with the same key comes first: `sums["loss"] / sums["rows"]`.
    names = [ast.unparse(holder)] if isinstance(holder, ast.Subscript) else []
    found = (_division(site, holder, name, stack) for name in (*names, last_name(_base(holder))))
    return next((one for one in found if one is not None), None)


def _division(site: Site, holder: ast.expr, name: str, stack: list[Site]) -> Division | None:
    scope = source.scope(site) if isinstance(_base(holder), ast.Name) else source.tree(site.file)
    returned: int | None = None
    for node in ast.walk(scope) if isinstance(_base(holder), ast.Attribute) and scope else _inside(scope):
        count = mean_of(node, name) if isinstance(node, ast.expr) else None
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div) and _is_sum(node.target, name):
            count = (node.value,)
        if count is not None:
            if _of_a_window(scope, site.line, node, name):
                return None
            return Division(site._replace(line=getattr(node, "lineno", site.line)), ast.unparse(node), count[0])
        if isinstance(node, ast.Return) and node.value is not None:
            elements = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            named = [_is_sum(element, name) for element in elements]
            returned = named.index(True) if any(named) else returned
    outer = stack[1:]
    line = source.statement(outer[0]) if returned is not None and outer else None
    return None if line is None else _division_by_caller(outer, line, returned or 0)


def _division_by_caller(stack: list[Site], line: ast.stmt, element: int) -> Division | None:
    """The same for what a function returned to the line that called it."""
    site = stack[0]
    for node in ast.walk(line):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.left, ast.Call):
            return Division(site._replace(line=node.lineno), ast.unparse(node), node.right)
    if not isinstance(line, ast.Assign):
        return None
    target = line.targets[0]
    if isinstance(target, ast.Tuple):
        target = target.elts[min(element, len(target.elts) - 1)]
    return division(site, target, stack)


def mean_of(node: ast.expr, name: str) -> tuple[ast.expr | None] | None:
    """The count in a one-tuple where an expression is the mean of a name (or of a comprehension, by its code)."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_sum(node.left, name):
        return (node.right,)
    if isinstance(node, ast.Call) and last_name(node.func) in MEANS:
        over = (
            node.func.value if isinstance(node.func, ast.Attribute) and not node.args else next(iter(node.args), None)
        )
        return (None,) if over is not None and _is_sum(over, name) else None
    return None


def _is_sum(expression: ast.expr, name: str) -> bool:
    """Tell whether an expression is a name, or the sum of what it lists: `total`, `sum(losses)`, `total.item()`."""
    if last_name(_base(expression)) == name or ast.unparse(expression) in (name, f"({name})"):
        return True
    if isinstance(expression, ast.Call):
        inner = last_name(expression.func)
        if isinstance(expression.func, ast.Attribute) and inner in SAME and _is_sum(expression.func.value, name):
            return True
        return inner in SUMS and bool(expression.args) and _is_sum(expression.args[0], name)
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Mult):
        return _is_sum(expression.left, name) or _is_sum(expression.right, name)
    return False


def _of_a_window(scope: ast.AST | None, added: int, division: ast.AST, name: str) -> bool:
    """Tell whether a division is the mean of the last few batches: in the loop that adds, which also begins anew."""
    loops = [
        node
        for node in (ast.walk(scope) if scope is not None else ())
        if isinstance(node, ast.For | ast.While) and _holds(node, added)
    ]
    if not loops or not _holds(max(loops, key=lambda loop: loop.lineno), getattr(division, "lineno", 0)):
        return False
    inner = max(loops, key=lambda loop: loop.lineno)
    resets = (node for node in ast.walk(inner) if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
    constant = isinstance(division, ast.BinOp) and isinstance(division.right, ast.Constant)
    return constant or any(last_name(_base(node.targets[0])) == name for node in resets)


def counted(division: Division, holder: ast.expr | None, added: Site) -> str | None:
    """The unit of a divisor, where its own code says so: "rows" or "batches"."""
    count = division.count
    if count is None or (holder is not None and ast.unparse(count) == f"len({ast.unparse(holder)})"):
        return "batches"
    if division.site.line == added.line and isinstance(source.statement(added), ast.Expr):
        # A meter of the user's, which divides by all that it is given.
        return "rows" if of_rows(ast.unparse(count)) else None
    parsed = source.tree(division.site.file)
    for node in ast.walk(parsed) if parsed is not None else ():
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and _same_name(node.target, count):
            # A counter: of batches by ones, of rows by their number.
            if isinstance(node.value, ast.Constant):
                return "batches"
            return "rows" if of_rows(ast.unparse(node.value)) else None
        if isinstance(node, ast.For) and _holds(node, added.line) and _numbers(node, count):
            return "batches"
    return None


def of_rows(text: str) -> bool:
    """Tell whether code asks for the size of something."""
    return "len(" in text or ".size(" in text or ".shape[" in text


def _same_name(target: ast.expr, count: ast.expr) -> bool:
    if isinstance(count, ast.Subscript):
        return ast.unparse(target) == ast.unparse(count)
    plain = isinstance(count, ast.Name | ast.Attribute)
    return plain and last_name(target) == last_name(count)


def _numbers(loop: ast.For, count: ast.expr) -> bool:
    """Tell whether a loop enumerates the batches by a variable in the divisor: `/ (i + 1)`."""
    if not isinstance(loop.iter, ast.Call) or last_name(loop.iter.func) != "enumerate":
        return False
    number = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else loop.target
    return any(isinstance(part, ast.Name) and part.id == last_name(number) for part in ast.walk(count))


def _holds(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def statements(scope: ast.AST | None) -> Iterator[ast.stmt]:
    return (node for node in _inside(scope) if isinstance(node, ast.stmt))


def _inside(scope: ast.AST | None) -> Iterator[ast.AST]:
    """The nodes of a function (or file) in the order of the text, without those of functions inside of it."""
    for node in ast.iter_child_nodes(scope) if scope is not None else ():
        yield node
        if not isinstance(node, _FUNCTIONS):
            yield from _inside(node)


def _base(expression: ast.expr) -> ast.expr:
    while isinstance(expression, ast.Subscript):
        expression = expression.value
    return expression


def last_name(expression: ast.expr) -> str:
    return expression.attr if isinstance(expression, ast.Attribute) else getattr(expression, "id", "")
