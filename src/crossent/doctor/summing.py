"""How the user's code averages the losses of batches, as far as its text tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import source
from .averaging import MEANS, SAME, SUMS, Division, division, last_name, mean_of, statements
from .sites import Site

_NAMED_LOSS = re.compile(r"loss|criterion|cross_entropy|nll|bce", re.IGNORECASE)
# What tells how many rows there are; never a loss.
_SIZES = frozenset(["len", "size", "numel", "dim", "shape", "int", "range"])


@dataclass(frozen=True)
class Sum:
    """A line that adds up losses which are averaged later, and what each loss is multiplied by first."""

    site: Site
    text: str
    holder: ast.expr | None
    factors: tuple[ast.expr, ...]
    division: Division


@dataclass(frozen=True)
class _Flow:
    """The numbers that a loss was multiplied with, and divided by, on its way through an expression."""

    factors: tuple[ast.expr, ...] = ()
    divisors: tuple[ast.expr, ...] = ()


@dataclass(frozen=True)
class _Carriers:
    """The holders of the loss in a function: variables, and the call at a line; which element of it, if several."""

    names: frozenset[str]
    line: int
    element: int | None = None

    def flow(self, expression: ast.expr) -> _Flow | None:
        """The way of the loss through an expression; None where it is not in there."""
        if ast.unparse(expression) in self.names:
            return _Flow()
        if isinstance(expression, ast.Attribute) and expression.attr == "data":
            return self.flow(expression.value)
        if isinstance(expression, ast.Subscript):
            return self.flow(expression.value) if self._means_loss(expression.slice) else None
        if isinstance(expression, ast.Call):
            return self._through_call(expression)
        if isinstance(expression, ast.BinOp):
            return self._through_operation(expression)
        return None

    def _means_loss(self, key: ast.expr) -> bool:
        if not isinstance(key, ast.Constant):
            return False
        return "loss" in key.value if isinstance(key.value, str) else key.value == self.element

    def _through_call(self, call: ast.Call) -> _Flow | None:
        name = last_name(call.func)
        if isinstance(call.func, ast.Attribute) and name in SAME:
            return self.flow(call.func.value)
        if name == "float" and call.args:
            return self.flow(call.args[0])
        if any(isinstance(one, ast.Call) and _NAMED_LOSS.search(last_name(one.func)) for one in call.args):
            # Something else is made of the loss: its gradient.
            return None
        inside = call.lineno <= self.line <= (call.end_lineno or call.lineno)
        return _Flow() if inside and name not in _SIZES | SUMS | MEANS else None

    def _through_operation(self, operation: ast.BinOp) -> _Flow | None:
        left, right = self.flow(operation.left), self.flow(operation.right)
        if isinstance(operation.op, ast.Mult):
            if left is not None:
                return _Flow((*left.factors, operation.right), left.divisors)
            return None if right is None else _Flow((*right.factors, operation.left), right.divisors)
        if isinstance(operation.op, ast.Div):
            return None if left is None else _Flow(left.factors, (*left.divisors, operation.right))
        return (left or right) if isinstance(operation.op, ast.Add | ast.Sub) else None


def sum_of(stack: list[Site], *, read: bool = False) -> Sum | None:
    """The sum that a loss goes into which is computed (or `read`, by `.item()`) at `stack[0]`.

    `stack` are the lines of the user's running functions, innermost first.
    """
    element: int | None = None
    for depth, site in enumerate(stack):
        returned: int | None = None
        for line in source.statements(site):
            carriers = _carriers(site, line, element)
            if read and depth == 0:
                carriers = _Carriers(carriers.names | set(_read_from(line)), site.line)
            found = _added(line, site, carriers, stack[depth:])
            if found is not None:
                return found
            returned = _returned(line, site, carriers) if returned is None else returned
        if returned is None:
            return None
        element = returned if returned >= 0 else None
    return None


def _read_from(line: ast.stmt) -> Iterator[str]:
    """The variables that a statement reads the number of: `loss` of `loss.item()` and `float(loss)`."""
    for call in ast.walk(line):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "item":
            yield ast.unparse(call.func.value)
        elif isinstance(call, ast.Call) and last_name(call.func) == "float" and call.args:
            yield ast.unparse(call.args[0])


def _carriers(site: Site, line: ast.stmt, element: int | None) -> _Carriers:
    """The variables that get the loss in the function around a line, from name to name."""
    carriers = _Carriers(frozenset(), site.line, element)
    if not isinstance(line, ast.Assign | ast.AnnAssign):
        return carriers
    known = set(_assigned(line, carriers))
    # Of what the rest of the function calls it: `batch_loss = loss.item()`.
    for other in statements(source.scope(site)):
        known.update(_assigned(other, _Carriers(frozenset(known), -1, element)))
    return _Carriers(frozenset(known), site.line, element)


def _assigned(line: ast.stmt, carriers: _Carriers) -> Iterator[str]:
    """The variables that a statement gives the loss to."""
    if not isinstance(line, ast.Assign | ast.AnnAssign) or line.value is None:
        return
    target = line.targets[0] if isinstance(line, ast.Assign) else line.target
    if isinstance(target, ast.Tuple) and carriers.element is not None and carriers.element < len(target.elts):
        if carriers.flow(line.value) is not None:
            yield ast.unparse(target.elts[carriers.element])
    elif isinstance(target, ast.Name | ast.Attribute):
        flow = carriers.flow(line.value)
        # What is multiplied here is no longer the loss of a batch; a division by a number of steps is no mean either.
        if flow is not None and not flow.factors and ast.unparse(target) not in ast.unparse(line.value).split(" + "):
            yield ast.unparse(target)


def _returned(line: ast.stmt, site: Site, carriers: _Carriers) -> int | None:
    """Which element of what the function returns is the loss, −1 for all of it, None where it is not returned."""
    lines = [line] if isinstance(line, ast.Return) else list(statements(source.scope(site)))
    for one in lines:
        if not isinstance(one, ast.Return) or one.value is None:
            continue
        if isinstance(one.value, ast.Tuple):
            flows = [carriers.flow(element) is not None for element in one.value.elts]
            if any(flows):
                return flows.index(True)
        elif carriers.flow(one.value) is not None or isinstance(one.value, ast.Dict):
            return -1
    return None


def _added(here: ast.stmt, site: Site, carriers: _Carriers, stack: list[Site]) -> Sum | None:
    """The statement of a function that adds the loss to something that is averaged later."""
    others = statements(source.scope(site)) if carriers.names else iter(())
    for line in [here, *others]:
        found = _adding(line, carriers, site.file)
        if found is None:
            found = _listed(line, carriers)
        if found is None:
            continue
        holder, flow, at_once = found
        place = site._replace(line=line.lineno)
        if at_once is None and flow.divisors and not isinstance(line, ast.Expr):
            at_once = (line, flow.divisors[-1])
        if at_once is not None:
            node, count = at_once
            told = Division(site._replace(line=getattr(node, "lineno", site.line)), ast.unparse(node), count)
        elif holder is None or (ended := division(place, holder, stack)) is None:
            continue
        else:
            told = ended
        return Sum(place, ast.unparse(line), holder, flow.factors, told)
    return None


_Found = tuple["ast.expr | None", _Flow, "tuple[ast.AST, ast.expr | None] | None"]


def _adding(line: ast.stmt, carriers: _Carriers, file: str) -> _Found | None:
    """`x += loss`, `x = x + loss`, `x.append(loss)`, `meter.update(loss, n)`: what is added to, and how."""
    holder: ast.expr | None = None
    value: ast.expr | None = None
    if isinstance(line, ast.AugAssign) and isinstance(line.op, ast.Add):
        holder, value = line.target, line.value
    elif isinstance(line, ast.Assign) and isinstance(line.value, ast.BinOp) and isinstance(line.value.op, ast.Add):
        sides = {ast.unparse(line.value.left): line.value.right, ast.unparse(line.value.right): line.value.left}
        holder, value = line.targets[0], sides.get(ast.unparse(line.targets[0]))
    elif isinstance(line, ast.Expr) and isinstance(line.value, ast.Call) and isinstance(line.value.func, ast.Attribute):
        call, way = line.value, line.value.func
        own = _through_method(line, call, way.attr, carriers, file)
        if own is not None:
            return own
        if way.attr in ("append", "update", "add") and call.args:
            flow = carriers.flow(call.args[0])
            if flow is None or way.attr == "append":
                return None if flow is None else (way.value, flow, None)
            counts = (*call.args[1:2], *(k.value for k in call.keywords if k.arg in ("n", "weight", "count", "num")))
            # A meter divides by itself.
            return way.value, _Flow((*flow.factors, *counts), flow.divisors), (line, None)
    flow = carriers.flow(value) if value is not None else None
    return None if flow is None else (holder, flow, None)


def _through_method(line: ast.stmt, call: ast.Call, name: str, carriers: _Carriers, file: str) -> _Found | None:
    """The same for a method of the user's own that adds what it is given as it is: to a list, or to a sum beside a
    count of something else that it is given."""
    flow = carriers.flow(call.args[0]) if call.args else None
    parsed = source.tree(file)
    if flow is None or parsed is None:
        return None
    for method in ast.walk(parsed):
        if not isinstance(method, ast.FunctionDef) or method.name != name or len(method.args.args) < 2:
            continue
        value, *others = (argument.arg for argument in method.args.args[1:])
        given = dict(zip(others, call.args[1:], strict=False)) | {word.arg: word.value for word in call.keywords}
        added = [node for node in ast.walk(method) if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add)]
        counts = [given[count] for node in added if (count := ast.unparse(node.value)) in given]
        if counts and any(ast.unparse(node.value) == value for node in added):
            return call.func, flow, (line, counts[0])
        # A list that forgets is a window for the display.
        holder = None if added or "deque" in source.words_in(parsed) else _appended(method, value)
        if holder is not None:
            return holder, flow, None
    return None


def _appended(method: ast.FunctionDef, value: str) -> ast.expr | None:
    """The list of `self.values.append(value)` in a method."""
    for node in ast.walk(method):
        if not isinstance(node, ast.Call) or [ast.unparse(one) for one in node.args] != [value]:
            continue
        way = node.func
        if isinstance(way, ast.Attribute) and way.attr == "append" and isinstance(way.value, ast.Attribute):
            return way.value
    return None


def _listed(line: ast.stmt, carriers: _Carriers) -> _Found | None:
    """`[loss for …]`, `sum(loss for …) / n`: what the list is called, and what it is divided by where it stands."""
    for part in ast.walk(line):
        if isinstance(part, ast.ListComp | ast.GeneratorExp) and (flow := carriers.flow(part.elt)) is not None:
            for node in ast.walk(line):
                if isinstance(node, ast.expr) and (count := mean_of(node, ast.unparse(part))) is not None:
                    return None, flow, (node, count[0])
            named = isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name | ast.Attribute)
            return (line.targets[0], flow, None) if named and isinstance(line, ast.Assign) else None
    return None
