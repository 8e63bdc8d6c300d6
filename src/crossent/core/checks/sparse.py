"""Messages about targets that list a few classes per position with their probabilities."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..labels import absent
from ..target import Target
from ..values import readable
from .common import SUPPORTED, drop_axis, same_device, shape_of, tensor
from .targets import label_error, softmax_target

# What probabilities of a position may sum to beyond 1: those of 16 bits are rounded, and each of them is.
_SLACK = 1e-3


def class_target(input: Tensor, target: Any, dim: int, ignore_index: int | None = None) -> Target:
    """Require class indices, class probabilities, or a tuple of ids, their probabilities and maybe a tail mass."""
    if not isinstance(target, tuple):
        return Target(softmax_target(input, target, dim, -100 if ignore_index is None else ignore_index))
    if ignore_index is not None and ignore_index >= 0:
        raise RuntimeError(
            f"ignore_index is not supported for floating point target: got ignore_index={ignore_index} with a target "
            "of ids and probabilities. Leave ignore_index out and give positions that do not count a row of NaN."
        )
    if len(target) not in (2, 3):
        raise ValueError(
            f"a target of listed classes is (ids, probabilities) or (ids, probabilities, tail), got a tuple of "
            f"{len(target)}. One class per position is a tensor of class indices: write torch.tensor(target)."
        )
    ids, probabilities = _lists(input, target, dim)
    tail = _tail(input, target[2], dim) if len(target) == 3 and target[2] is not None else None
    if readable(probabilities, tail) and probabilities.device.type == "cpu":
        _check_masses(probabilities, tail, dim)
    return Target(probabilities, ids, tail)


def target_error(target: Target, classes: int, ignore_index: int, dim: int, factor: Tensor | None) -> IndexError | None:
    """The error that names the first class index out of range, or None."""
    if target.ids is None:
        return label_error(target.values, classes, ignore_index)
    void = absent(target.values, dim)
    return listed_error(target.ids, void if factor is None else void | (factor.view_as(void) == 0), classes, dim)


def listed_error(ids: Tensor, void: Tensor, classes: int, dim: int = 1) -> IndexError | None:
    """The same of listed classes, but in positions that do not count."""
    bad = (ids >= classes) & ~void.unsqueeze(dim)
    if not bool(bad.any()):
        return None
    place = tuple(int(i) for i in bad.nonzero()[0])
    return IndexError(
        f"Target id {int(ids[place])} is out of bounds: the input has {classes} class{'es' if classes != 1 else ''} "
        f"(valid: {f'0…{classes - 1}' if classes else 'none'}; negative: not there); {int(bad.sum())} of {ids.numel()} "
        f"ids, first at {place}. If the teacher's vocabulary is larger, make its ids from {classes} on negative."
    )


def _lists(input: Tensor, target: tuple[Any, ...], dim: int) -> tuple[Tensor, Tensor]:
    ids = tensor("the ids of target", target[0], "class indices")
    probabilities = tensor("the probabilities of target", target[1], "probabilities")
    if ids.dtype in SUPPORTED and not probabilities.is_floating_point():
        raise TypeError(
            f"a target of listed classes is (ids, probabilities), got {ids.dtype} first and {probabilities.dtype} "
            "second. Swap them."
        )
    if ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool:
        raise TypeError(
            f"the ids of a target are class indices of an integer dtype, got {ids.dtype}. Write ids.long()."
        )
    if probabilities.dtype not in SUPPORTED:
        raise TypeError(
            f"the probabilities of a target must be of a floating point dtype, got {probabilities.dtype}. "
            "Write probabilities.float()."
        )
    expected = drop_axis(input.shape, dim)
    fits = ids.shape == probabilities.shape and ids.dim() == input.dim() and drop_axis(ids.shape, dim) == expected
    if not fits:
        shape = ", ".join("K" if axis == dim else str(size) for axis, size in enumerate(input.shape))
        raise RuntimeError(
            f"ids and probabilities of a target must both be ({shape}{',' if input.dim() == 1 else ''}), K classes for "
            f"each position of input {shape_of(input)}, got {shape_of(ids)} and {shape_of(probabilities)}. Pad shorter "
            "lists with negative ids."
        )
    return same_device(input, ids, "ids"), same_device(input, probabilities, "probabilities")


def _tail(input: Tensor, value: Any, dim: int) -> Tensor:
    tail = tensor("the tail of target", value, "the probability of all classes that are not listed")
    if tail.dtype not in SUPPORTED or tail.shape != torch.Size(drop_axis(input.shape, dim)):
        raise RuntimeError(
            f"the tail of a target is one floating point number per position, {tuple(drop_axis(input.shape, dim))}: "
            f"the probability of all classes that are not listed, got {tail.dtype} of shape {shape_of(tail)}. "
            f"Write 1 - probabilities.sum({dim})."
        )
    return same_device(input, tail, "tail")


def _check_masses(probabilities: Tensor, tail: Tensor | None, dim: int) -> None:
    given = probabilities.detach()
    slack = max(_SLACK, 4 * torch.finfo(given.dtype).eps)
    low = given < 0
    if bool(low.any()):
        place = tuple(int(i) for i in low.nonzero()[0])
        hint = "Log-probabilities? Then write probabilities.exp()." if bool((given <= 0).all()) else (
            "Logits? Then write logits.softmax of all classes, and take those of the ids."
        )  # fmt: skip
        raise RuntimeError(
            f"probabilities of a target must not be negative, got {given[place].item():.6g} at {place} "
            f"({int(low.sum())} of {given.numel()} values). {hint}"
        )
    whole = given.sum(dim, dtype=torch.float64)
    if tail is not None:
        least = tail.detach() < -slack
        if bool(least.any()):
            place = tuple(int(i) for i in least.nonzero()[0])
            raise RuntimeError(
                f"the tail of a target must not be negative, got {tail[place].item():.6g} at {place}. It is what the "
                f"listed classes leave of 1: (1 - probabilities.sum({dim})).clamp_min(0)."
            )
        whole = whole + tail.detach()
    over = whole > 1 + slack
    if bool(over.any()):
        place = tuple(int(i) for i in over.nonzero()[0])
        where = place[0] if len(place) == 1 else place
        raise RuntimeError(
            f"the probabilities of a position {'and its tail ' if tail is not None else ''}must sum to 1 or less, got "
            f"{whole[place].item():.6g} at {where} ({int(over.sum())} of {whole.numel()} positions). Write "
            f"probabilities / probabilities.sum({dim}, keepdim=True), or softmax the logits first."
        )
