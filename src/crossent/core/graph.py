"""From a tensor back along its autograd graph to what computed its values."""

from __future__ import annotations

from typing import Any

from torch import Tensor

# Operations that move or select values, or change their type, but leave each value as it is.
MOVES = frozenset(
    f"{name}Backward{number}"
    for name in [
        "View",
        "UnsafeView",
        "ReshapeAlias",
        "Alias",
        "Unsqueeze",
        "Squeeze",
        "Transpose",
        "T",
        "Permute",
        "Index",
        "IndexSelect",
        "Select",
        "Slice",
        "Split",
        "SplitWithSizes",
        "Unbind",
        "Clone",
        "ToCopy",
        "Expand",
        "Repeat",
        "Cat",
        "Stack",
        "Gather",
        "MaskedSelect",
        "Unflatten",
        "Narrow",
        "Diagonal",
        "Copy",
        "CopySlices",
        "Squeeze_",
        "Movedim",
        "Contiguous",
        "Unfold",
        "Roll",
        "Flip",
        "AsStrided",
        "Take",
    ]
    for number in range(3)
) | {"CopySlices", "torch::autograd::CopySlices"}
_CLAMPS = ("ClampBackward0", "ClampBackward1", "ClampMinBackward0", "ClampMaxBackward0")


def parents(node: Any) -> list[Any]:
    """The nodes that a node got its inputs from."""
    return [parent for parent, _ in node.next_functions if parent is not None]


def source(tensor: Tensor, through: frozenset[str] = MOVES, limit: int = 32) -> Any | None:
    """The node that computed the values of a tensor, behind operations that only move them; None without a graph."""
    node = tensor.grad_fn
    return _behind(node, through, limit)


def source_of(node: Any, through: frozenset[str] = MOVES, limit: int = 32) -> Any | None:
    """As `source`, of the first input of a node."""
    above = parents(node)
    return _behind(above[0], through, limit) if above else None


def clamped(node: Any | None) -> Any | None:
    """Behind a clamp, which keeps probabilities probabilities."""
    while node is not None and (node.name() in _CLAMPS or node.name() in MOVES):
        above = parents(node)
        node = above[0] if above else None
    return node


def _behind(node: Any, through: frozenset[str], limit: int) -> Any | None:
    while node is not None and limit and node.name() in through:
        above = parents(node)
        if not above:
            return None
        node, limit = above[0], limit - 1
    return node


def activation(tensor: Tensor) -> str | None:
    """The function that turned scores into the probabilities that a tensor holds: "softmax", "sigmoid"; None for
    logits, and without a graph."""
    node = clamped(source(tensor))
    return None if node is None else {"SoftmaxBackward0": "softmax", "SigmoidBackward0": "sigmoid"}.get(node.name())
