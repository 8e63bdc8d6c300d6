"""Walks over an autograd graph: from a tensor back to what it was computed from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from ..core.graph import MOVES, parents
from .traces import Call, LossTrace, call_at, loss_at

_LEAF = "torch::autograd::AccumulateGrad"


def losses_in(roots: tuple[Tensor, ...], limit: int = 256) -> list[tuple[LossTrace, float | None]]:
    """The traced losses that roots were computed from, each with its factor in the root (None where it is unknown)."""
    if len(roots) == 1 and roots[0].grad_fn is not None:
        trace = loss_at(roots[0].grad_fn)
        if trace is not None:
            return [(trace, 1.0)]
    found = []
    rest: list[tuple[Any, float | None]] = [(root.grad_fn, 1.0) for root in roots if root.grad_fn is not None]
    seen = set()
    while rest and limit:
        limit -= 1
        node, factor = rest.pop()
        if node in seen:
            continue
        seen.add(node)
        trace = loss_at(node)
        if trace is not None:
            found.append((trace, factor))
            continue
        for parent, below in _with_factors(node, factor):
            rest.append((parent, below))
    return found


def _with_factors(node: Any, factor: float | None) -> Iterator[tuple[Any, float | None]]:
    """The inputs of a node with the factor that each has in the root."""
    name = node.name().rstrip("0123456789")
    below = factor
    if name in ("MulBackward", "DivBackward"):
        other = getattr(node, "_saved_other", None)
        value = scalar(other)
        if value is None or factor is None or (name == "DivBackward" and not value):
            below = None
        else:
            below = factor * value if name == "MulBackward" else factor / value
    elif name == "MeanBackward":
        count = node._saved_self_sym_numel
        below = factor / count if factor is not None and count else None
    elif name not in ("AddBackward", "SubBackward", "SumBackward", "StackBackward", "ToCopyBackward") and (
        f"{name}0" not in MOVES
    ):
        below = None
    for parent, _ in node.next_functions:
        if parent is not None:
            yield parent, below


def scalar(value: Any) -> float | None:
    """The value of a tensor of one element; None where it has several, or would have to be waited for."""
    if isinstance(value, Tensor) and value.numel() == 1 and value.device.type == "cpu":
        return float(value)
    return None


def nodes(roots: tuple[Tensor, ...], limit: int = 20_000) -> Iterator[Any]:
    """Every node of a graph, nearest first."""
    rest = [root.grad_fn for root in roots if root.grad_fn is not None]
    seen = set(rest)
    for node in rest:
        yield node
        if len(seen) > limit:
            return
        for parent in parents(node):
            if parent not in seen:
                seen.add(parent)
                rest.append(parent)


def leaves(roots: tuple[Tensor, ...]) -> list[Tensor]:
    """The tensors that a backward pass from the roots would give gradients to."""
    return [node.variable for node in nodes(roots) if node.name() == _LEAF]


def calls_in(roots: tuple[Tensor, ...]) -> list[Call]:
    """The module calls that the roots were computed from."""
    found = {id(call): call for node in nodes(roots) if (call := call_at(node)) is not None}
    return list(found.values())


def parameter_matrix(node: Any) -> nn.Parameter | None:
    """The weight of a linear layer or convolution: a leaf, transposed at most, among the last inputs of the node."""
    if not node.name().startswith(("Addmm", "Mm", "Linear", "Convolution")):
        return None
    edges = node.next_functions
    last = edges[1 if node.name().startswith("Conv") else -1][0] if len(edges) > 1 else None
    while last is not None and last.name() in MOVES:
        above = parents(last)
        last = above[0] if above else None
    variable = last.variable if last is not None and last.name() == _LEAF else None
    return variable if isinstance(variable, nn.Parameter) else None
