"""Which axis of a tensor holds the outputs of the layer that computed it.

The autograd graph says how a layer's output was viewed, permuted and indexed on the way to the loss. Every axis is
labelled: True (outputs of the layer: channels, features), False (something else: batch, height, time) or None (both,
mixed by a view). Where an operation is not understood there is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor

from ..core.graph import MOVES, parents
from .graph import parameter_matrix

_Labels = list["bool | None"]
_BOOLEAN = (torch.bool, torch.uint8)

# Operations that keep every axis where it is.
_KEEP = [
    "Clone",
    "ToCopy",
    "Alias",
    "Relu",
    "LeakyRelu",
    "Elu",
    "Gelu",
    "Silu",
    "Tanh",
    "Sigmoid",
    "Softmax",
    "LogSoftmax",
    "Hardtanh",
    "Clamp",
    "NativeBatchNorm",
    "CudnnBatchNorm",
    "NativeDropout",
    "NativeLayerNorm",
    "UpsampleBilinear2D",
    "UpsampleNearest2D",
    "UpsampleNearestExact2D",
    "UpsampleLinear1D",
    "UpsampleNearest1D",
    "UpsampleTrilinear3D",
    "UpsampleNearest3D",
    "UpsampleBicubic2D",
    "MaxPool2DWithIndices",
    "AvgPool2D",
    "Slice",
    "Split",
    "SplitWithSizes",
    "MaskedFill",
    "Neg",
    "Repeat",
    "Mul",
    "Div",
    "Add",
    "Sub",
    "AdaptiveAvgPool2D",
    "Softplus",
    "Threshold",
    "Log",
    "ClampMin",
    "ClampMax",
]
_SOFTMAXES = ("Softmax", "LogSoftmax")
# What may stand between a softmax and the loss that takes its result: it is still one value per class.
_AFTER_SOFTMAX = {"Log", "Clamp", "ClampMin", "ClampMax", "Add", "Neg", "NativeDropout"}
# And between a softmax and the number that a loss written by hand comes to.
_IN_A_LOSS = _AFTER_SOFTMAX | {"Mean", "Sum", "Div", "Mul", "Sub", "Pow"}
_LOSSES = ("MseLoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "KlDiv", "BinaryCrossEntropy", "NllLoss", "NllLoss2D")


@dataclass(frozen=True)
class Origin:
    """The layer that a tensor came from, and what each axis of the tensor is."""

    layer: str
    size: int
    labels: tuple[bool | None, ...]


@dataclass(frozen=True)
class Softmax:
    """A softmax or log_softmax: over which axis of its own result, and which axes of the tensor behind it that is."""

    name: str
    axis: int
    shape: tuple[int, ...]
    labels: tuple[bool | None, ...] | None
    node: Any

    @property
    def size(self) -> int:
        """How many values share the probability."""
        return self.shape[self.axis]

    @property
    def over_rows(self) -> bool:
        """True if the rows of a batch share it, not the outputs of the layer before it."""
        above = parents(self.node)
        found = _origin(above[0], self.shape) if above else None
        return found is not None and found.labels == (False, True) and self.axis == 0 and found.size > 1


def softmax_before(tensor: Tensor, limit: int = 16) -> Softmax | None:
    """The softmax whose probabilities, or their logarithms, a tensor holds."""
    node, shape = tensor.grad_fn, tuple(tensor.shape)
    steps: list[tuple[str, Any]] = []
    shapes = [shape]
    while node is not None and limit:
        limit -= 1
        name = _name(node)
        if name in _SOFTMAXES:
            made, axis = _softmax(node)
            labels = None
            if made == shape:
                found = _forward(name, 0, [place == axis for place in range(len(made))], steps, shapes)
                labels = found.labels if found is not None else None
            return Softmax(name, axis, made, labels, node) if made else None
        above = parents(node)
        if len(above) != 1 or not (name in _AFTER_SOFTMAX or node.name() in MOVES):
            return None
        before = _shape_before(name, node, shape)
        steps.append((name, node))
        shape = before if before is not None else ()
        shapes.append(shape)
        node = above[0]
    return None


def softmax_in(root: Tensor, limit: int = 16) -> Softmax | None:
    """The softmax that a loss written by hand is the mean (or sum) of, without another layer in between."""
    node = root.grad_fn
    while node is not None and limit:
        limit -= 1
        name = _name(node)
        if name in _SOFTMAXES:
            made, axis = _softmax(node)
            return Softmax(name, axis, made, None, node) if made else None
        above = parents(node)
        if len(above) != 1 or not (name in _IN_A_LOSS or name in _LOSSES or node.name() in MOVES):
            return None
        node = above[0]
    return None


def _softmax(node: Any) -> tuple[tuple[int, ...], int]:
    """The shape of a softmax's result, and the axis that it runs over."""
    shape = tuple(node._saved_result.shape)
    return shape, _dims((node._saved_dim,), max(len(shape), 1))[0]


def origin(tensor: Tensor) -> Origin | None:
    """Where the axes of a tensor come from; None where that cannot be told."""
    return _origin(tensor.grad_fn, tuple(tensor.shape))


def _name(node: Any) -> str:
    name: str = node.name().rstrip("0123456789").removesuffix("Backward")
    return name


def _origin(node: Any, shape: tuple[int, ...], limit: int = 24) -> Origin | None:
    steps: list[tuple[str, Any]] = []
    shapes = [shape]
    while node is not None and limit:
        limit -= 1
        name = _name(node)
        found = _layer(name, node, shape)
        if found is not None:
            layer, size, labels = found
            return _forward(layer, size, labels, steps, shapes)
        before = _shape_before(name, node, shape)
        if before is None:
            return None
        steps.append((name, node))
        shape = before
        shapes.append(shape)
        above = parents(node)
        node = above[0] if above else None
    return None


def _layer(name: str, node: Any, shape: tuple[int, ...]) -> tuple[str, int, _Labels] | None:
    """A layer with parameters, whose outputs stand on a known axis."""
    if name == "Convolution" and len(shape) >= 3:
        return "convolution", shape[1], [axis == 1 for axis in range(len(shape))]
    if name in ("Addmm", "Mm", "Linear") and parameter_matrix(node) is not None and shape:
        return "linear layer", shape[-1], [axis == len(shape) - 1 for axis in range(len(shape))]
    return None


def _shape_before(name: str, node: Any, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of a node's first input."""
    sizes = getattr(node, "_saved_self_sym_sizes", None)
    if sizes is not None and name not in ("Mean", "Sum"):
        return tuple(int(size) for size in sizes)
    if name == "Permute":
        before = [0] * len(shape)
        for place, axis in enumerate(_dims(node._saved_dims, len(shape))):
            before[axis] = shape[place]
        return tuple(before)
    if name == "Transpose":
        first, second = _dims((node._saved_dim0, node._saved_dim1), len(shape))
        swapped = list(shape)
        swapped[first], swapped[second] = shape[second], shape[first]
        return tuple(swapped)
    if name == "T":
        return shape[::-1]
    if name == "Unsqueeze":
        (axis,) = _dims((node._saved_dim,), len(shape))
        return shape[:axis] + shape[axis + 1 :]
    return shape if name in _KEEP or name == "Cat" else None


def _forward(
    layer: str, size: int, labels: _Labels, steps: list[tuple[str, Any]], shapes: list[tuple[int, ...]]
) -> Origin | None:
    """Carry the labels of a layer's output through the operations after it."""
    for number in range(len(steps) - 1, -1, -1):
        name, node = steps[number]
        moved = _moved(name, node, labels, shapes[number + 1], shapes[number])
        if moved is None or len(moved) != len(shapes[number]):
            return None
        labels = moved
    return Origin(layer, size, tuple(labels))


def _moved(name: str, node: Any, labels: _Labels, before: tuple[int, ...], after: tuple[int, ...]) -> _Labels | None:
    if name in ("View", "UnsafeView", "ReshapeAlias"):
        return _viewed(labels, before, after)
    if name == "Permute":
        return [labels[axis] for axis in _dims(node._saved_dims, len(before))]
    if name == "Transpose":
        first, second = _dims((node._saved_dim0, node._saved_dim1), len(before))
        swapped = list(labels)
        swapped[first], swapped[second] = labels[second], labels[first]
        return swapped
    if name == "T":
        return labels[::-1]
    if name == "Unsqueeze":
        (axis,) = _dims((node._saved_dim,), len(after))
        return [*labels[:axis], False, *labels[axis:]]
    if name == "Squeeze":
        # Which axes of size 1 were meant does not matter where the rest is unambiguous.
        kept = [label for label, size in zip(labels, before, strict=True) if size != 1]
        return kept if len(kept) == len(after) else (labels if before == after else None)
    if name == "Select":
        (axis,) = _dims((node._saved_dim,), len(before))
        return labels[:axis] + labels[axis + 1 :]
    if name == "Expand":
        return [False] * (len(after) - len(before)) + labels
    if name in ("Index", "IndexSelect"):
        return _indexed(name, node, labels)
    return labels if len(before) == len(after) and (name in _KEEP or name == "Cat") else None


def _indexed(name: str, node: Any, labels: _Labels) -> _Labels | None:
    if name == "IndexSelect":
        return labels
    indices = node._saved_indices
    if len(indices) != 1 or indices[0] is None:
        return None
    first = indices[0]
    taken = first.ndim if first.dtype in _BOOLEAN else 1
    given = 1 if first.dtype in _BOOLEAN else first.ndim
    if any(labels[:taken]):
        return None
    return [False] * given + labels[taken:]


def _viewed(labels: _Labels, before: tuple[int, ...], after: tuple[int, ...]) -> _Labels | None:
    """Labels of a view: an axis is what all elementary strides that it runs through are."""
    if prod(before) != prod(after) or not prod(after):
        return None
    spans = []
    inner = 1
    for axis in range(len(before) - 1, -1, -1):
        if before[axis] > 1:
            spans.append((inner, inner * before[axis], labels[axis]))
        inner *= before[axis]
    result: _Labels = []
    inner = 1
    for size in reversed(after):
        outer = inner * size
        met = {label for low, high, label in spans if low < outer and inner < high} if size > 1 else {False}
        result.append(met.pop() if len(met) == 1 else None)
        inner = outer
    return result[::-1]


def _dims(dims: Any, ndim: int) -> list[int]:
    # Negative ones are saved as unsigned numbers.
    return [(int(dim) - (1 << 64) if int(dim) >= 1 << 63 else int(dim)) % ndim for dim in dims]
