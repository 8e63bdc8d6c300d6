"""Messages about linear cross entropy; the words are those of torch 2.13."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..target import Target
from .common import floating, same_device, shape_of, tensor
from .sparse import class_target
from .weights import real_tensor


def linear_tensors(input: Any, linear_weight: Any, linear_bias: Any) -> None:
    """Require features, a head and a bias that fit each other; the words are torch's."""
    floating("input", input, "features")
    floating("linear_weight", linear_weight, "weights")
    if input.dim() not in (1, 2):
        raise RuntimeError(
            f"expected input with dimensionality 1 or 2, got {input.dim()}: input {shape_of(input)} must be (D,) or "
            "(N, D). Write input.flatten(0, -2), and target.flatten()."
        )
    if linear_weight.dim() < 2:
        raise RuntimeError(
            f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}: it is (C, D), one row "
            "per class, as nn.Linear.weight."
        )
    features, columns = input.shape[-1], linear_weight.shape[-1]
    if features != columns:
        hint = " Write linear_weight.t()." if linear_weight.dim() == 2 and linear_weight.shape[0] == features else ""
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), "
            f"got {features} and {columns}, respectively: input {shape_of(input)} and head {shape_of(linear_weight)}."
            f"{hint}"
        )
    if input.dim() == 1 and linear_weight.dim() > 2:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {shape_of(linear_weight)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {shape_of(input)}. Write input.unsqueeze(0)."
        )
    if linear_bias is None:
        return
    floating("linear_bias", linear_bias, "biases")
    if linear_bias.shape != linear_weight.shape[:-1]:
        raise RuntimeError(
            f"expected linear_bias shape {tuple(linear_weight.shape[:-1])}, got {shape_of(linear_bias)}: one bias per "
            "row of linear_weight."
        )


def linear_target(logits: Tensor, target: Any, dim: int, ignore_index: int | None) -> Target:
    """As `class_target`, but no `ignore_index` at all may come with probabilities, as torch has it."""
    if isinstance(target, tuple):
        return class_target(logits, target, dim, ignore_index)
    target = tensor("target", target, "class indices or probabilities")
    if target.shape == logits.shape and target.is_floating_point() and ignore_index is not None:
        raise RuntimeError(
            "ignore_index cannot be specified when target contains probabilities: got ignore_index="
            f"{ignore_index} with a target of shape {shape_of(target)}. Leave ignore_index out."
        )
    return class_target(logits, target, dim)


def linear_options(num_classes: int, weight: Any, label_smoothing: Any) -> None:
    """Require what torch.nn.LinearCrossEntropyLoss requires in its constructor; the words are torch's."""
    if weight is not None and real_tensor("weight", weight).shape != (num_classes,):
        got = tuple(real_tensor("weight", weight).shape)
        raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {got}: one number per class.")
    if isinstance(label_smoothing, (int, float)) and not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(
            f"expected label_smoothing to be in range [0, 1], got {label_smoothing}. A usual value is 0.1."
        )


def linear_matrix(input: Tensor, linear_weight: Tensor) -> None:
    """Require batched features and a head of two axes."""
    if input.dim() != 2 or linear_weight.dim() != 2:
        raise RuntimeError(
            f"expected input (N, D) and linear_weight (C, D), got {shape_of(input)} and {shape_of(linear_weight)}. "
            "Write input.flatten(0, -2) for more axes, input.unsqueeze(0) for a single row."
        )


def target_format(value: Any, ignore_index: Any) -> bool:
    """Return whether targets are lists of label ids; `value` must be "dense" or "indices"."""
    if value not in ("dense", "indices"):
        raise ValueError(
            f"target_format must be 'dense' or 'indices', got {value!r}. 'dense' targets are (N, C) values in [0, 1]; "
            "'indices' are (N, K) ids of the labels that hold, padded with -1."
        )
    if value == "indices" and ignore_index is not None:
        raise ValueError(
            f"ignore_index={ignore_index!r} marks values of a dense target; lists of label ids have none. "
            "Drop ignore_index (negative ids are padding already), or pass a dense target."
        )
    return bool(value == "indices")


def label_lists(scores: Tensor, value: Any) -> Tensor:
    """Require (N, K) label ids below C, negative ones being padding; beside the scores."""
    target: Tensor = tensor("target", value, "label ids")
    if target.is_floating_point() or target.is_complex() or target.dtype == torch.bool:
        raise RuntimeError(
            f"expected label ids of an integer dtype, got {target.dtype}. Write target.long(), "
            "or target_format='dense' for values in [0, 1]."
        )
    if target.dim() != 2 or len(target) != len(scores):
        raise ValueError(
            f"expected ({len(scores)}, K) label ids, a list per row of input, got {shape_of(target)}. "
            "Pad the lists with -1: torch.nn.utils.rnn.pad_sequence(lists, batch_first=True, padding_value=-1)."
        )
    target = same_device(scores, target)
    classes = scores.shape[1]
    if target.device.type == "cpu" and not torch.compiler.is_compiling() and bool((bad := target >= classes).any()):
        row, place = (int(i) for i in bad.nonzero()[0])
        raise IndexError(
            f"target holds label {int(target[row, place])}, but the head has {classes} classes "
            f"(valid: 0…{classes - 1}, negative: padding); first in row {row}. "
            f"The head needs at least {int(target.max()) + 1} for these labels."
        )
    return target
