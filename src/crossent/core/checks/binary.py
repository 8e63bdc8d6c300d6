"""Messages about the targets and inputs of the binary losses."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import torch
from torch import Tensor

from ..dtypes import autocast_enabled
from ..labels import equal_to, widened
from .common import drop_axis, real_target, same_device, shape_of, tensor


def binary_target(input: Tensor, target: Any, words: str) -> Tensor:
    """Require a binary target of the shape of `input`; `words` is torch's sentence with both sizes in it."""
    target = real_target(tensor("target", target, "values in [0, 1]"), "values in [0, 1]")
    if input.shape == target.shape:
        return widened(same_device(input, target))
    hint = f"Bring both to one shape, such as {shape_of(input)}."
    if input.dim() == target.dim() + 1 and 1 in input.shape and _without_ones(input) == _without_ones(target):
        hint = f"Write input.squeeze({_axis_of_one(input, target)})."
    elif target.dim() == input.dim() + 1 and 1 in target.shape and _without_ones(input) == _without_ones(target):
        hint = f"Write target.squeeze({_axis_of_one(target, input)})."
    elif input.dim() == target.dim() + 1:
        hint = (
            f"If target holds class indices, use CrossEntropyLoss, or write one_hot(target, {input.shape[1]}).float()."
        )
    raise ValueError(f"{words.format(target=target.size(), input=input.size())}. {hint}")


def in_unit_interval(values: Tensor) -> bool:
    """Return whether every value is in [0, 1]; NaN counts as outside."""
    if values.numel() == 0 or values.dtype == torch.bool:
        return True
    low, high = torch.aminmax(values.detach())
    return bool(low >= 0) and bool(high <= 1)


def unit_interval_target(
    target: Tensor, ignore_index: float | None, weight: Tensor | None = None, reduction: str = "mean"
) -> None:
    """Require binary targets in [0, 1] where they reach the loss (NaN flows into it); torch's words for BCELoss.

    What weighs 0 is not judged, and what comes back per element may yet be masked by the caller, who is told once.
    """
    # Ten times 0.1 is one rounding step above 1 in float32, a blurred mask one or two.
    slack = 2 * torch.finfo(target.dtype).eps if target.is_floating_point() else 0.0
    bad = (target < -slack) | (target > 1 + slack)
    if ignore_index is not None:
        bad &= ~equal_to(target, ignore_index)
    if weight is not None:
        bad &= weight != 0
    if not bool(bad.any()):
        return
    hint = _binary_target_hint(target)
    text = _outside_unit_interval("target", target, bad, hint)
    if reduction != "none":
        raise RuntimeError(text)
    if hint not in _told:
        _told.add(hint)
        text += " With reduction='none' it is computed: a mask or a weight of 0 must keep it out of what is trained on."
        warnings.warn(text, stacklevel=_outside_of_libraries())


# Of what a warning was given in this process.
_told: set[str] = set()


def _outside_of_libraries() -> int:
    """The `stacklevel` of the line that called a loss."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(("crossent.", "torch.")):
        frame, level = frame.f_back, level + 1
    return level


def unit_interval_input(input: Tensor) -> None:
    """Require probabilities in [0, 1], not NaN either; torch's words for BCELoss."""
    bad = ~((input >= 0) & (input <= 1))
    if bool(bad.any()):
        hint = "BCELoss takes probabilities. For raw scores (logits) use BCEWithLogitsLoss, which is also exact."
        if bool(input.isnan().any()):
            hint = "Look for what made the NaN: torch.autograd.set_detect_anomaly(True) names the operation."
        raise RuntimeError(_outside_unit_interval("input", input, bad, hint))


def no_autocast_of_probabilities(input: Tensor) -> None:
    """Refuse 16-bit autocast as torch does: probabilities have no digits to spare there."""
    if input.device.type != "cpu" and autocast_enabled(input.device):
        raise RuntimeError(
            "binary_cross_entropy and BCELoss are unsafe to autocast: a probability near 1 rounds to 1. Drop the last "
            "sigmoid and use binary_cross_entropy_with_logits or BCEWithLogitsLoss, which are safe."
        )


def _outside_unit_interval(name: str, values: Tensor, bad: Tensor, hint: str) -> str:
    position = tuple(int(i) for i in bad.nonzero()[0])
    where = f", first at position {position[0] if len(position) == 1 else position}" if position else ""
    return (
        f"all elements of {name} should be between 0 and 1, got {outside_unit(values[position].item())} "
        f"({int(bad.sum())} of {values.numel()} values{where}). {hint}"
    )


def outside_unit(value: float) -> str:
    """A number that is not in [0, 1], in as few digits as show it."""
    texts = (f"{value:.{digits}g}" for digits in range(6, 18))
    return next((text for text in texts if not 0 <= float(text) <= 1), f"{value:g}")


def _binary_target_hint(target: Tensor) -> str:
    values = torch.unique(target.flatten()[: 2**16]).tolist()
    if values and set(values) <= {0, 255}:
        return "The target holds 0 and 255: write target / 255."
    if -1 in values or -100 in values:
        mark = -1 if -1 in values else -100
        return f"If {mark} marks missing labels, pass ignore_index={mark}."
    if 255 in values:
        return "If 255 marks void, pass ignore_index=255."
    if values and set(values) <= {1, 2}:
        return "The labels seem to be 1 and 2: write target - 1."
    return "Scale the target into [0, 1]; for class indices use CrossEntropyLoss."


def _axis_of_one(longer: Tensor, shorter: Tensor) -> int:
    return next(a for a in range(longer.dim()) if drop_axis(longer.shape, a) == tuple(shorter.shape))


def _without_ones(value: Tensor) -> list[int]:
    return [n for n in value.shape if n != 1]
