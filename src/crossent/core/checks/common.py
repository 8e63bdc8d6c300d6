"""Messages that every loss may raise: tensors, dtypes, axes, devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..spec import SoftmaxSpec
from ..spec import softmax_spec as spec_of
from ..values import has_derivative, readable

# Of the other floating point dtypes, such as float8, torch has no arithmetic either.
SUPPORTED = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


def tensor(name: str, value: Any, what: str) -> Tensor:
    """Require a tensor; a sparse one becomes dense."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} must be a tensor of {what}, got {type(value).__name__}. Write {name}=torch.as_tensor({name})."
        )
    return dense(value)


def dense(value: Tensor) -> Tensor:
    """The tensor with its values in memory: zeros too, and signs (`z.conj().imag` only notes that it is −z)."""
    return (value if value.layout is torch.strided else value.to_dense()).resolve_neg()


def floating(name: str, value: Any, what: str) -> Tensor:
    """Require a real floating point tensor."""
    result = tensor(name, value, what)
    if result.dtype not in SUPPORTED:
        raise NotImplementedError(
            f'"crossent" not implemented for {scalar_type(result)!r}: {name} must hold {what} of a floating point '
            f"dtype, got {result.dtype} of shape {shape_of(result)}. Write {name}.float()."
        )
    return result


def real_target(target: Tensor, what: str) -> Tensor:
    """Require a target that can be promoted with the input: integers, or floating point numbers that compute."""
    if target.dtype not in SUPPORTED and (target.is_floating_point() or target.is_complex()):
        raise NotImplementedError(
            f"Promotion for {scalar_type(target)} is not supported: target must hold {what} of float64, float32, "
            f"float16 or bfloat16, got {target.dtype} of shape {shape_of(target)}. Write target.float()."
        )
    return target


def class_axis(input: Tensor, dim: int) -> int:
    """Resolve `dim` against the input, as a number >= 0; an unbatched input has its classes on its only axis."""
    if input.dim() == 0:
        raise IndexError(
            "Dimension out of range: input is 0-d, but needs a class axis: (C,), (N, C) or (N, C, d1, …). "
            "Write input.reshape(1, -1) for one sample."
        )
    if input.dim() == 1:
        return 0
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, the class axis of input, got {type(dim).__name__} {dim!r}. Write dim=1.")
    if not -input.dim() <= dim < input.dim():
        raise IndexError(
            f"Dimension out of range: dim={dim}, but input has {input.dim()} axes {shape_of(input)}. "
            "Write dim=1 for (N, C, …) or dim=-1 for (…, C)."
        )
    return dim % input.dim()


def same_device(input: Tensor, target: Tensor, name: str = "target") -> Tensor:
    """Require both on one device."""
    if input.device != target.device:
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices, "
            f"{input.device} (input) and {target.device} ({name}). Write {name}.to(input.device)."
        )
    return target


def softmax_spec(softcap: Any, temperature: Any, *options: Any) -> tuple[SoftmaxSpec, Tensor | None]:
    """Options of a softmax loss, and the tensor that its logits are divided by at last, if that is not a number.

    `options` are those of `core.spec.softmax_spec`.
    """
    if not isinstance(temperature, Tensor):
        return spec_of(softcap, temperature, *options), None
    if temperature.dim() != 0 or not temperature.is_floating_point():
        raise ValueError(
            "temperature must be a number or a 0-d floating point tensor, got a tensor of shape "
            f"{shape_of(temperature)} and dtype {temperature.dtype}. Write temperature=1.5, or divide the logits."
        )
    if not readable(temperature) or temperature.device.type != "cpu":
        return spec_of(softcap, 1.0, *options), temperature
    spec = spec_of(softcap, temperature.item(), *options)
    return (spec_of(softcap, 1.0, *options), temperature) if has_derivative(temperature) else (spec, None)


def can_be_overwritten(input: Tensor) -> None:
    """Require that only the loss holds the logits, as far as that is known before the backward pass."""
    if torch.compiler.is_compiling():
        return
    if input.requires_grad and input.is_leaf and torch.is_grad_enabled():
        raise ValueError(
            "inplace_backward=True writes the gradient over input, but input "
            f"{shape_of(input)} is a leaf that requires grad: its values would be lost, and be its own .grad. "
            "Pass the result of a layer, or drop inplace_backward."
        )


def shape_of(value: Tensor) -> str:
    return str(tuple(value.shape))


def scalar_type(value: Tensor) -> str:
    names = {
        torch.int64: "Long", torch.int32: "Int", torch.int16: "Short", torch.int8: "Char", torch.uint8: "Byte",
        torch.bool: "Bool", torch.float32: "Float", torch.float64: "Double", torch.float16: "Half",
        torch.bfloat16: "BFloat16",
    }  # fmt: skip
    return names.get(value.dtype, str(value.dtype).removeprefix("torch.").capitalize())


def drop_axis(shape: Sequence[int], axis: int) -> tuple[int, ...]:
    return tuple(shape[:axis]) + tuple(shape[axis + 1 :])
