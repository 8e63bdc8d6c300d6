"""Messages about class indices and class probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..labels import equal_to, outside, widened
from .common import drop_axis, real_target, same_device, scalar_type, shape_of, tensor


def softmax_target(input: Tensor, target: Any, dim: int, ignore_index: int) -> Tensor:
    """Require class indices, or class probabilities when the target has the shape of `input`."""
    target = tensor("target", target, "class indices or probabilities")
    if target.shape != input.shape:
        return _labels(input, target, dim)
    _check_probabilities(input, target, dim, ignore_index)
    real_target(target, "probabilities")
    return same_device(input, target)


def index_target(input: Tensor, target: Any, dim: int) -> Tensor:
    """Require class indices for every position of `input`, whose class axis is `dim`."""
    return _labels(input, tensor("target", target, "class indices"), dim)


def _labels(input: Tensor, target: Tensor, dim: int) -> Tensor:
    expected = input.shape[:dim] + input.shape[dim + 1 :]
    if target.shape != expected:
        _raise_target_shape(input, target, dim, expected)
    if target.is_floating_point() or target.is_complex():
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {scalar_type(target)}: a target of shape "
            f"{shape_of(target)} for input {shape_of(input)} holds class indices, of any integer dtype. "
            f"Write target.long(); for class probabilities pass a target of shape {shape_of(input)}."
        )
    return widened(same_device(input, target))


def class_indices(target: Any) -> Tensor:
    """Require integers, of any shape."""
    labels = tensor("target", target, "class indices")
    if labels.is_floating_point() or labels.is_complex():
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {scalar_type(labels)}: target {shape_of(labels)} must "
            "hold class indices. Write target.long()."
        )
    return widened(labels)


def labels_in_range(target: Tensor, classes: int | None, ignore_index: int) -> None:
    """Require every label to be ignore_index or in [0, C); reads the target once when it is clean."""
    error = label_error(target, classes, ignore_index)
    if error is not None:
        raise error


def label_error(target: Tensor, classes: int | None, ignore_index: int) -> IndexError | None:
    """The error that names the first label out of range, or None."""
    if target.numel() == 0 or classes is None:
        return None
    low, high = (int(v) for v in torch.aminmax(target.view(torch.uint8) if target.dtype == torch.bool else target))
    if low >= 0 and high < classes:
        return None
    bad = outside(target, classes) & ~equal_to(target, ignore_index)
    return IndexError(stray_label(_first_stray(target, bad), classes)) if bool(bad.any()) else None


def _check_probabilities(input: Tensor, target: Tensor, dim: int, ignore_index: int) -> None:
    if not target.is_floating_point():
        raise RuntimeError(
            "Expected floating point type for target with class probabilities, got "
            f"{scalar_type(target)}: target has the shape of input, {shape_of(input)}. If it is one-hot, write "
            f"target.argmax({dim}) (class indices, faster) or target.float()."
        )
    if ignore_index >= 0:
        raise RuntimeError(
            f"ignore_index is not supported for floating point target: got ignore_index={ignore_index} with a target "
            f"of probabilities {shape_of(target)}. Leave ignore_index out and give positions that do not count a row "
            "of NaN, or pass class indices."
        )


class StrayLabel(NamedTuple):
    """A label out of range: its value, where it stands first and how often, the least good and the largest label."""

    value: int
    position: tuple[int, ...]
    times: int
    least_good: int
    largest: int


def stray_label(found: StrayLabel, classes: int) -> str:
    """The message about a label out of range."""
    value, times = found.value, found.times
    place = found.position[0] if len(found.position) == 1 else found.position
    times_text = f"{times} time{'s' if times > 1 else ''}"
    where = f" {value} appears {times_text}, first at position {place}." if found.position else ""
    if value < 0:
        cause = f"If {value} marks positions that do not count, pass ignore_index={value}."
    elif value == 255:
        cause = "255 usually marks void: pass ignore_index=255."
    elif value == classes and found.least_good >= 1:
        cause = "Are the labels 1-based? Then pass target - 1."
    else:
        cause = f"The model needs at least {found.largest + 1} outputs for these labels."
    return (
        f"Target {value} is out of bounds: the input has {classes} class{'es' if classes != 1 else ''} "
        f"(valid: {f'0…{classes - 1}' if classes else 'none'});{where} {cause}"
    )


def _first_stray(target: Tensor, bad: Tensor) -> StrayLabel:
    position = tuple(int(i) for i in bad.nonzero()[0])
    value, good = int(target[position]), target[~bad]
    least_good = int(good.min()) if good.numel() else value
    return StrayLabel(value, position, int((target == value).sum()), least_good, int(target.max()))


def _raise_target_shape(input: Tensor, target: Tensor, dim: int, expected: Sequence[int]) -> None:
    got = f"got input {shape_of(input)} and target {shape_of(target)}"
    # Classes on the last axis: (N, H, W, C) logits passed with the default axis.
    if dim != input.dim() - 1 and target.shape == input.shape[:-1]:
        raise RuntimeError(
            f"Expected target size {list(expected)}, got {list(target.shape)}: input {shape_of(input)} and target "
            f"{shape_of(target)}: the classes seem to be on the last axis; pass dim=-1."
        )
    if target.dim() == len(expected) + 1 and 1 in target.shape:
        axis = next((a for a in range(target.dim()) if drop_axis(target.shape, a) == tuple(expected)), None)
        if axis is not None:
            raise RuntimeError(
                f"{_multi_target(input, target)}: {got}; the target has an extra axis of size 1. "
                f"Write target.squeeze({axis})."
            )
    if target.dim() == input.dim() and target.dim() == 4 and 3 in (target.shape[1], target.shape[3]):
        raise RuntimeError(
            f"{_multi_target(input, target)}: {got}; expected {tuple(expected)}. A mask of RGB colours must be mapped "
            "to class ids first, one integer per pixel."
        )
    if input.dim() > 1 and target.dim() > 0 and target.shape[0] != input.shape[0] and dim > 0:
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({target.shape[0]}): {got}. "
            f"{_batch_hint(input, target, dim)}"
        )
    if target.dim() != len(expected):
        raise RuntimeError(
            f"{_multi_target(input, target)}: {got}; class indices have the shape {tuple(expected)}, probabilities "
            f"{shape_of(input)}."
        )
    raise RuntimeError(
        f"Expected target size {list(expected)}, got {list(target.shape)}: {got}. The classes are on axis {dim} of "
        f"input ({input.shape[dim]} of them), and every other axis must match. {_axis_hint(input, target, dim)}"
    )


def _multi_target(input: Tensor, target: Tensor) -> str:
    if input.dim() == 4:
        return f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {target.dim()}"
    return "0D or 1D target tensor expected, multi-target not supported"


def _batch_hint(input: Tensor, target: Tensor, dim: int) -> str:
    positions = math.prod(input.shape) // max(1, input.shape[dim])
    if target.numel() == positions:
        expected = input.shape[:dim] + input.shape[dim + 1 :]
        return f"There are as many targets as positions: write target.view{tuple(expected)}."
    if input.dim() == 2 and target.numel() > 0 and input.shape[0] % target.numel() == 0:
        return "If logits were flattened from more axes, pass them unflattened, with dim= for the class axis."
    return "Every row of input needs one target."


def _axis_hint(input: Tensor, target: Tensor, dim: int) -> str:
    for axis in range(input.dim()):
        if axis != dim and drop_axis(input.shape, axis) == tuple(target.shape):
            return f"Without axis {axis} the shapes agree: are the classes there? Then pass dim={axis}."
    return f"Write the target as {drop_axis(input.shape, dim)}."
