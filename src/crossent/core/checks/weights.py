"""Messages about weights, and what they become: tensors beside the input, in the dtype of its sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..dtypes import accumulate_dtype, count_dtype
from ..sample_weight import SampleWeight
from ..values import readable
from .common import class_axis, dense, same_device, shape_of


def class_weight(value: Any, input: Tensor, dim: int) -> Tensor | None:
    """Class weights as a (C,) tensor beside `input`; lists, NumPy arrays and any real dtype are taken."""
    if value is None:
        return None
    weight, classes = real_tensor("weight", value), input.shape[dim]
    if weight.shape != (classes,):
        squeezed = "" if weight.numel() != classes else " Write weight.flatten()."
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}. The input {shape_of(input)} has {classes} classes.{squeezed}"
        )
    return like(weight, input)


def class_weight_shape(value: Any) -> Any:
    """Require what can be a (C,) weight where C is not known yet: in the constructor."""
    if value is None:
        return None
    weight = real_tensor("weight", value)
    if weight.dim() != 1:
        hint = "Write weight.flatten()" if weight.numel() in weight.shape else "One number per class"
        raise RuntimeError(
            "weight tensor should be defined either for all classes or no classes but got weight tensor of shape: "
            f"{list(weight.shape)}; expected (C,). {hint}; logits and targets come with the call: "
            "criterion = CrossEntropyLoss(), then criterion(logits, target)."
        )
    return weight


def elementwise_weight(name: str, value: Any, input: Tensor, dim: int | None) -> Tensor | None:
    """A weight that broadcasts over `input`, as torch does it, or along the class axis `dim` when it has length C."""
    if value is None:
        return None
    weight = like(real_tensor(name, value), input)
    if dim is not None and weight.dim() == 1:
        axis = class_axis(input, dim)
        if weight.shape[0] not in (1, input.shape[axis]):
            raise RuntimeError(
                f"{name} has {weight.shape[0]} values, but axis dim={dim} of input {shape_of(input)} has "
                f"{input.shape[axis]} classes. Give one value per class."
            )
        return weight.reshape([-1 if a == axis else 1 for a in range(input.dim())]).expand(input.shape)
    if not _broadcasts(weight.shape, input.shape):
        raise RuntimeError(
            f"The size of {name} {shape_of(weight)} must match the size of input {shape_of(input)} or broadcast to it"
            f"{_class_axis_hint(name, weight, input)}"
        )
    return weight.expand(input.shape)


def sample_weight(value: Any, input: Tensor, shape: Sequence[int]) -> SampleWeight | None:
    """Factors of the losses of positions of this shape: one for each, or one for all of a sample."""
    if value is None:
        return None
    weight = same_device(input, value, "sample_weight") if isinstance(value, Tensor) else value
    is_mask = isinstance(weight, Tensor) and weight.dtype == torch.bool
    weight = like(weight.to(torch.uint8) if is_mask else real_tensor("sample_weight", weight), input)
    if weight.dim() == 1 < len(shape) and len(weight) == shape[0]:
        weight = weight.reshape(-1, *[1] * (len(shape) - 1))
    elif weight.shape != torch.Size(shape):
        each = f"{tuple(shape)}"
        each = f"({shape[0]},), one number per sample, or {each}, one per loss" if len(shape) > 1 else each
        squeezed = "" if not shape or weight.numel() != shape[0] else " Write sample_weight.flatten()."
        raise RuntimeError(
            f"sample_weight must have the shape {each}, got {shape_of(weight)} with input {shape_of(input)}.{squeezed}"
        )
    if not readable(weight) or weight.device.type != "cpu" or not weight.numel():
        return SampleWeight(weight, tuple(shape), zeros=True)
    least, most = (bound.item() for bound in torch.aminmax(weight.detach()))
    if not 0 <= least <= most < math.inf:
        _raise_sample_weight(weight)
    return SampleWeight(weight, tuple(shape), zeros=not least)


def _raise_sample_weight(weight: Tensor) -> None:
    where = tuple(int(i) for i in (~((weight >= 0) & weight.isfinite())).nonzero()[0])
    place = "" if not where else f" at position {where[0] if len(where) == 1 else where}"
    raise ValueError(
        f"sample_weight must hold finite numbers >= 0, got {weight[where].item()}{place}. "
        "0 leaves a position out; torch.nan_to_num(sample_weight) does so to those without a weight."
    )


def weight_of(target: Tensor, value: Any, num_classes: int | None) -> Tensor | None:
    """Class weights for targets alone, in float64."""
    if value is None:
        return None
    weight = real_tensor("weight", value)
    if weight.dim() != 1 or num_classes not in (None, len(weight)):
        expected = "(C,)" if num_classes is None else f"({num_classes},)"
        raise RuntimeError(f"weight must have the shape {expected}, got {shape_of(weight)}. Give one value per class.")
    return weight.detach().to(target.device, count_dtype(target.device))


def finite_weight(name: str, value: Any) -> Tensor | None:
    """The buffer of a module: a floating point tensor; inf and NaN are refused."""
    if value is None:
        return None
    weight = real_tensor(name, value)
    if not weight.is_floating_point():
        weight = weight.to(torch.get_default_dtype())
    if readable(weight) and not bool(torch.isfinite(weight).all()):
        where = int((~torch.isfinite(weight)).flatten().nonzero()[0, 0])
        raise ValueError(
            f"{name} must be finite, got {weight.flatten()[where].item()} at position {where}. A class that never "
            "occurs has no balanced weight: give it 0.0, or use crossent.class_weights(labels, num_classes)."
        )
    return weight


def real_tensor(name: str, value: Any) -> Tensor:
    """A real tensor, made of a tensor, a list or a NumPy array."""
    if isinstance(value, Tensor):
        result = dense(value)
    else:
        try:
            result = torch.as_tensor(value)
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(
                f"{name} must be numbers (tensor, list, NumPy array), got {type(value).__name__}. "
                f"Write {name}=[1.0, 4.0] or {name}=crossent.class_weights(labels)."
            ) from None
    if result.is_complex() or result.dtype == torch.bool:
        raise TypeError(f"{name} must hold real numbers, got {result.dtype}. Write {name}=torch.tensor([1.0, 4.0]).")
    return result


def like(weight: Tensor, input: Tensor) -> Tensor:
    """Move weights beside the input, in the dtype that its losses are summed in."""
    dtype = accumulate_dtype(input.dtype)
    return weight if weight.device == input.device and weight.dtype == dtype else weight.to(input.device, dtype)


def _class_axis_hint(name: str, weight: Tensor, input: Tensor) -> str:
    axis = next((a for a in range(input.dim()) if weight.numel() == input.shape[a] != 1), None)
    if weight.numel() == 2 and axis is None:
        return f". For two values [negative, positive] pass pos_weight={name}[1] / {name}[0]."
    if axis is None:
        return f". Give one value per class, or a tensor that broadcasts to {shape_of(input)}."
    if weight.dim() != 1:
        return f". It has one value per class of axis {axis}: write {name}.flatten() and pass dim={axis}."
    return f". It has one value per class of axis {axis}: pass dim={axis}."


def _broadcasts(shape: Sequence[int], to: Sequence[int]) -> bool:
    # By indices: torch's compiler cannot walk two shapes of unknown sizes from their ends.
    return len(shape) <= len(to) and all(shape[-i] == 1 or shape[-i] == to[-i] for i in range(1, len(shape) + 1))
