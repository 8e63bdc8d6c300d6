"""The value of a simple expression of the user's code, computed without running any of that code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Dataset, IterableDataset, Subset, TensorDataset

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"float": float, "int": int, "max": max, "min": min}
_COUNTED = (Tensor, list, tuple, dict, str, range, TensorDataset, Subset, ConcatDataset)


def number(expression: ast.expr, names: Mapping[str, Any]) -> float | None:
    """A number, computed from variables, attributes, shapes and lengths; None where more would have to be run.

    Example::

        >>> import torch
        >>> number(ast.parse("total / len(x)", mode="eval").body, {"total": 6.0, "x": torch.zeros(3, 2)})
        2.0
    """
    try:
        value = _value(expression, names)
    except Exception:
        return None
    return float(value) if isinstance(value, int | float) else None


def is_empty(expression: ast.expr, names: Mapping[str, Any]) -> bool:
    """Tell whether a sum or a list is still as it began: 0, or without elements."""
    try:
        value = _value(expression, names)
    except Exception:
        return False
    return not value if isinstance(value, int | float | list) else False


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, names), _value(node.right, names)
        return _OPERATORS[type(node.op)](left, right) if _plain(left) and _plain(right) else None
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, names)
        array = isinstance(owner, Tensor) or type(owner).__module__ == "numpy"
        return owner.shape if array and node.attr == "shape" else vars(owner)[node.attr]
    if isinstance(node, ast.Subscript):
        owner, key = _value(node.value, names), _value(node.slice, names)
        return owner[key] if isinstance(owner, list | tuple | dict) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, names)
    return _called(node, names) if isinstance(node, ast.Call) and not node.keywords else None


def _called(node: ast.Call, names: Mapping[str, Any]) -> Any:
    arguments = [_value(argument, names) for argument in node.args]
    if isinstance(node.func, ast.Name):
        if node.func.id == "len" and len(arguments) == 1:
            return length(arguments[0])
        function = _FUNCTIONS.get(node.func.id)
        return function(*arguments) if function is not None and all(map(_plain, arguments)) else None
    if not isinstance(node.func, ast.Attribute):
        return None
    owner = _value(node.func.value, names)
    if isinstance(owner, Tensor) and node.func.attr in ("size", "numel"):
        return owner.numel() if node.func.attr == "numel" else owner.shape[arguments[0]] if arguments else owner.shape
    return None


def _plain(value: Any) -> bool:
    return isinstance(value, int | float)


def length(thing: Any) -> int | None:
    """The length of data or of a loader; None where asking could have an effect."""
    if isinstance(thing, DataLoader):
        # The length of an iterable dataset makes the loader count, and warn.
        return None if isinstance(thing.dataset, IterableDataset) else len(thing)
    if isinstance(thing, IterableDataset):
        return None
    sized = isinstance(thing, _COUNTED) or type(thing).__module__ in ("numpy", "pandas.core.frame")
    return len(thing) if sized or (isinstance(thing, Dataset) and hasattr(thing, "__len__")) else None
