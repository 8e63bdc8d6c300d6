"""Every message about a tensor argument: what was expected, what came, what to write instead.

Checks of shapes and dtypes run before any kernel and read no values; `labels_in_range` and `in_unit_interval` read
values and are called by the CPU backends, which have them in cache anyway.
The exception types, and torch's own words where code may match on them, are torch's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .dtypes import accumulate_dtype, count_dtype


def tensor(name: str, value: Any, what: str) -> Tensor:
    """Require a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} must be a tensor of {what}, got {type(value).__name__}. Write {name}=torch.as_tensor({name})."
        )
    return value


def floating(name: str, value: Any, what: str) -> Tensor:
    """Require a real floating point tensor."""
    value = tensor(name, value, what)
    if not value.is_floating_point():
        raise NotImplementedError(
            f'"xent" not implemented for {_scalar_type(value)!r}: {name} must hold {what} of a floating point dtype, '
            f"got {value.dtype} of shape {_shape(value)}. Write {name}.float()."
        )
    return value


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
            f"Dimension out of range: dim={dim}, but input has {input.dim()} axes {_shape(input)}. "
            "Write dim=1 for (N, C, …) or dim=-1 for (…, C)."
        )
    return dim % input.dim()


def softmax_target(input: Tensor, target: Any, dim: int, ignore_index: int) -> Tensor:
    """Require class indices, or class probabilities when the target has the shape of `input`."""
    target = tensor("target", target, "class indices or probabilities")
    if target.shape != input.shape:
        return index_target(input, target, dim)
    _check_probabilities(input, target, dim, ignore_index)
    return same_device(input, target)


def index_target(input: Tensor, target: Any, dim: int) -> Tensor:
    """Require class indices for every position of `input`, whose class axis is `dim`."""
    target = tensor("target", target, "class indices")
    expected = input.shape[:dim] + input.shape[dim + 1 :]
    if target.shape != expected:
        _raise_target_shape(input, target, dim, expected)
    if target.is_floating_point() or target.is_complex():
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {_scalar_type(target)}: a target of shape "
            f"{_shape(target)} for input {_shape(input)} holds class indices, of any integer dtype. "
            f"Write target.long(); for class probabilities pass a target of shape {_shape(input)}."
        )
    return same_device(input, target)


def class_indices(target: Any) -> Tensor:
    """Require integers, of any shape."""
    target = tensor("target", target, "class indices")
    if target.is_floating_point() or target.is_complex():
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {_scalar_type(target)}: target {_shape(target)} must "
            "hold class indices. Write target.long()."
        )
    return target


def linear_tensors(input: Any, linear_weight: Any, linear_bias: Any) -> None:
    """Require features, a head and a bias that fit each other; the words are torch's."""
    floating("input", input, "features")
    floating("linear_weight", linear_weight, "weights")
    if input.dim() not in (1, 2):
        raise RuntimeError(
            f"expected input with dimensionality 1 or 2, got {input.dim()}: input {_shape(input)} must be (D,) or "
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
            f"got {features} and {columns}, respectively: input {_shape(input)}, linear_weight {_shape(linear_weight)}."
            f"{hint}"
        )
    if input.dim() == 1 and linear_weight.dim() > 2:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {_shape(linear_weight)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {_shape(input)}. Write input.unsqueeze(0)."
        )
    if linear_bias is None:
        return
    floating("linear_bias", linear_bias, "biases")
    if linear_bias.shape != linear_weight.shape[:-1]:
        raise RuntimeError(
            f"expected linear_bias shape {tuple(linear_weight.shape[:-1])}, got {_shape(linear_bias)}: one bias per "
            "row of linear_weight."
        )


def linear_target(logits: Tensor, target: Any, dim: int, ignore_index: int | None) -> Tensor:
    """As `softmax_target`, but no `ignore_index` at all may come with probabilities, as torch has it."""
    target = tensor("target", target, "class indices or probabilities")
    if target.shape == logits.shape and target.is_floating_point() and ignore_index is not None:
        raise RuntimeError(
            "ignore_index cannot be specified when target contains probabilities: got ignore_index="
            f"{ignore_index} with a target of shape {_shape(target)}. Leave ignore_index out."
        )
    return softmax_target(logits, target, dim, -100)


def no_autocast_of_probabilities(input: Tensor) -> None:
    """Refuse 16-bit autocast as torch does: probabilities have no digits to spare there."""
    if input.device.type != "cpu" and torch.is_autocast_enabled(input.device.type):
        raise RuntimeError(
            "binary_cross_entropy and BCELoss are unsafe to autocast: a probability near 1 rounds to 1. Drop the last "
            "sigmoid and use binary_cross_entropy_with_logits or BCEWithLogitsLoss, which are safe."
        )


def same_device(input: Tensor, target: Tensor) -> Tensor:
    """Require both on one device."""
    if input.device != target.device:
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices, "
            f"{input.device} (input) and {target.device} (target). Write target.to(input.device)."
        )
    return target


def _check_probabilities(input: Tensor, target: Tensor, dim: int, ignore_index: int) -> None:
    if not target.is_floating_point():
        raise RuntimeError(
            "Expected floating point type for target with class probabilities, got "
            f"{_scalar_type(target)}: target has the shape of input, {_shape(input)}. If it is one-hot, write "
            f"target.argmax({dim}) (class indices, faster) or target.float()."
        )
    if ignore_index >= 0:
        raise RuntimeError(
            f"ignore_index is not supported for floating point target: got ignore_index={ignore_index} with a target "
            f"of probabilities {_shape(target)}. Leave ignore_index out and give positions that do not count a row "
            "of zeros, or pass class indices."
        )


def class_weight(value: Any, input: Tensor, dim: int) -> Tensor | None:
    """Class weights as a (C,) tensor beside `input`; lists, NumPy arrays and any real dtype are taken."""
    if value is None:
        return None
    weight, classes = real_tensor("weight", value), input.shape[dim]
    if weight.shape != (classes,):
        squeezed = "" if weight.numel() != classes else " Write weight.flatten()."
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}. The input {_shape(input)} has {classes} classes.{squeezed}"
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


def linear_options(num_classes: int, weight: Any, label_smoothing: Any) -> None:
    """Require what torch.nn.LinearCrossEntropyLoss requires in its constructor; the words are torch's."""
    if weight is not None and real_tensor("weight", weight).shape != (num_classes,):
        got = tuple(real_tensor("weight", weight).shape)
        raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {got}: one number per class.")
    if isinstance(label_smoothing, (int, float)) and not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(
            f"expected label_smoothing to be in range [0, 1], got {label_smoothing}. A usual value is 0.1."
        )


def weight_of(target: Tensor, value: Any, num_classes: int | None) -> Tensor | None:
    """Class weights for targets alone, in float64."""
    if value is None:
        return None
    weight = real_tensor("weight", value)
    if weight.dim() != 1 or num_classes not in (None, len(weight)):
        expected = "(C,)" if num_classes is None else f"({num_classes},)"
        raise RuntimeError(f"weight must have the shape {expected}, got {_shape(weight)}. Give one value per class.")
    return weight.detach().to(target.device, count_dtype(target.device))


def real_tensor(name: str, value: Any) -> Tensor:
    """A tensor from what users have at hand: a tensor, a list, a NumPy array."""
    if isinstance(value, Tensor):
        result = value
    else:
        try:
            result = torch.as_tensor(value)
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(
                f"{name} must be numbers (tensor, list, NumPy array), got {type(value).__name__}. "
                f"Write {name}=[1.0, 4.0] or {name}=xent.class_weights(labels)."
            ) from None
    if result.is_complex() or result.dtype == torch.bool:
        raise TypeError(f"{name} must hold real numbers, got {result.dtype}. Write {name}=torch.tensor([1.0, 4.0]).")
    return result


def finite_weight(name: str, value: Any) -> Tensor | None:
    """What a module keeps as its buffer: a floating point tensor without inf or NaN."""
    if value is None:
        return None
    weight = real_tensor(name, value)
    if not weight.is_floating_point():
        weight = weight.to(torch.get_default_dtype())
    if weight.device.type != "meta" and not bool(torch.isfinite(weight).all()):
        where = int((~torch.isfinite(weight)).flatten().nonzero()[0, 0])
        raise ValueError(
            f"{name} must be finite, got {weight.flatten()[where].item()} at position {where}. A class that never "
            "occurs has no balanced weight: give it 0.0, or use xent.class_weights(labels, num_classes)."
        )
    return weight


def like(weight: Tensor, input: Tensor) -> Tensor:
    """Move weights beside the input, in the dtype that its losses are summed in."""
    dtype = accumulate_dtype(input.dtype)
    return weight if weight.device == input.device and weight.dtype == dtype else weight.to(input.device, dtype)


def binary_target(input: Tensor, target: Any, words: str) -> Tensor:
    """Require a binary target of the shape of `input`; `words` is torch's sentence with both sizes in it."""
    target = tensor("target", target, "values in [0, 1]")
    if input.shape == target.shape:
        return same_device(input, target)
    hint = f"Bring both to one shape, such as {_shape(input)}."
    if input.dim() == target.dim() + 1 and 1 in input.shape and _without_ones(input) == _without_ones(target):
        hint = f"Write input.squeeze({_axis_of_one(input, target)})."
    elif target.dim() == input.dim() + 1 and 1 in target.shape and _without_ones(input) == _without_ones(target):
        hint = f"Write target.squeeze({_axis_of_one(target, input)})."
    elif input.dim() == target.dim() + 1:
        hint = (
            f"If target holds class indices, use CrossEntropyLoss, or write one_hot(target, {input.shape[1]}).float()."
        )
    raise ValueError(f"{words.format(target=target.size(), input=input.size())}. {hint}")


def elementwise_weight(name: str, value: Any, input: Tensor, dim: int | None) -> Tensor | None:
    """A weight that broadcasts over `input`, as torch does it, or along the class axis `dim` when it has length C."""
    if value is None:
        return None
    weight = like(real_tensor(name, value), input)
    if dim is not None and weight.dim() == 1:
        axis = class_axis(input, dim)
        if weight.shape[0] not in (1, input.shape[axis]):
            raise RuntimeError(
                f"{name} has {weight.shape[0]} values, but axis dim={dim} of input {_shape(input)} has "
                f"{input.shape[axis]} classes. Give one value per class."
            )
        return weight.reshape([-1 if a == axis else 1 for a in range(input.dim())]).expand(input.shape)
    if not _broadcasts(weight.shape, input.shape):
        raise RuntimeError(
            f"The size of {name} {_shape(weight)} must match the size of input {_shape(input)} or broadcast to it"
            f"{_class_axis_hint(name, weight, input)}"
        )
    return weight.expand(input.shape)


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
    if 0 <= low and high < classes:
        return None
    bad = ((target < 0) | (target >= classes)) & (target != ignore_index)
    return IndexError(_range_message(target, bad, classes)) if bool(bad.any()) else None


def in_unit_interval(values: Tensor) -> bool:
    """Whether every value is in [0, 1]; NaN counts as outside."""
    if values.numel() == 0 or values.dtype == torch.bool:
        return True
    low, high = torch.aminmax(values.detach())
    return bool(low >= 0) and bool(high <= 1)


def unit_interval_target(target: Tensor, ignore_index: float | None) -> None:
    """Require binary targets in [0, 1] where they count (NaN flows into the loss); torch's words for BCELoss."""
    bad = (target < 0) | (target > 1)
    if ignore_index is not None:
        bad &= target != ignore_index
    if bool(bad.any()):
        _raise_unit_interval("target", target, bad, _binary_target_hint(target))


def unit_interval_input(input: Tensor) -> None:
    """Require probabilities in [0, 1], not NaN either; torch's words for BCELoss."""
    bad = ~((input >= 0) & (input <= 1))
    if bool(bad.any()):
        hint = "BCELoss takes probabilities. For raw scores (logits) use BCEWithLogitsLoss, which is also exact."
        if bool(input.isnan().any()):
            hint = "Look for what made the NaN: torch.autograd.set_detect_anomaly(True) names the operation."
        _raise_unit_interval("input", input, bad, hint)


def _raise_unit_interval(name: str, values: Tensor, bad: Tensor, hint: str) -> None:
    position = tuple(int(i) for i in bad.nonzero()[0])
    where = f", first at position {position[0] if len(position) == 1 else position}" if position else ""
    raise RuntimeError(
        f"all elements of {name} should be between 0 and 1, got {values[position].item():g} "
        f"({int(bad.sum())} of {values.numel()} values{where}). {hint}"
    )


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


def _range_message(target: Tensor, bad: Tensor, classes: int) -> str:
    position = [int(i) for i in bad.nonzero()[0]]
    value = int(target[tuple(position)])
    times = int((target == value).sum())
    place = position[0] if len(position) == 1 else tuple(position)
    where = f" {value} appears {times} time{'s' if times > 1 else ''}, first at position {place}." if position else ""
    good = target[~bad]
    if value < 0:
        cause = f"If {value} marks positions that do not count, pass ignore_index={value}."
    elif value == 255:
        cause = "255 usually marks void: pass ignore_index=255."
    elif value == classes and (good.numel() == 0 or int(good.min()) >= 1):
        cause = "Are the labels 1-based? Then pass target - 1."
    else:
        cause = f"The model needs at least {int(target.max()) + 1} outputs for these labels."
    return (
        f"target holds {value}, but the input has {classes} class{'es' if classes != 1 else ''} "
        f"(valid: 0…{classes - 1});{where} {cause}"
    )


def _raise_target_shape(input: Tensor, target: Tensor, dim: int, expected: Sequence[int]) -> None:
    got = f"got input {_shape(input)} and target {_shape(target)}"
    # Classes on the last axis: (N, H, W, C) logits passed with the default axis.
    if dim != input.dim() - 1 and target.shape == input.shape[:-1]:
        raise RuntimeError(
            f"Expected target size {list(expected)}, got {list(target.shape)}: input {_shape(input)} and target "
            f"{_shape(target)}: the classes seem to be on the last axis; pass dim=-1."
        )
    if target.dim() == len(expected) + 1 and 1 in target.shape:
        axis = next((a for a in range(target.dim()) if _drop(target.shape, a) == tuple(expected)), None)
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
            f"{_shape(input)}."
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
        if axis != dim and _drop(input.shape, axis) == tuple(target.shape):
            return f"Without axis {axis} the shapes agree: are the classes there? Then pass dim={axis}."
    return f"Write the target as {_drop(input.shape, dim)}."


def _class_axis_hint(name: str, weight: Tensor, input: Tensor) -> str:
    axis = next((a for a in range(input.dim()) if weight.numel() == input.shape[a] != 1), None)
    if weight.numel() == 2 and axis is None:
        return f". For two values [negative, positive] pass pos_weight={name}[1] / {name}[0]."
    if axis is None:
        return f". Give one value per class, or a tensor that broadcasts to {_shape(input)}."
    if weight.dim() != 1:
        return f". It has one value per class of axis {axis}: write {name}.flatten() and pass dim={axis}."
    return f". It has one value per class of axis {axis}: pass dim={axis}."


def _broadcasts(shape: Sequence[int], to: Sequence[int]) -> bool:
    return len(shape) <= len(to) and all(a in (1, b) for a, b in zip(reversed(shape), reversed(to), strict=False))


def _axis_of_one(longer: Tensor, shorter: Tensor) -> int:
    return next(a for a in range(longer.dim()) if _drop(longer.shape, a) == tuple(shorter.shape))


def _without_ones(value: Tensor) -> list[int]:
    return [n for n in value.shape if n != 1]


def _drop(shape: Sequence[int], axis: int) -> tuple[int, ...]:
    return tuple(shape[:axis]) + tuple(shape[axis + 1 :])


def _shape(value: Tensor) -> str:
    return str(tuple(value.shape))


def _scalar_type(value: Tensor) -> str:
    names = {
        torch.int64: "Long", torch.int32: "Int", torch.int16: "Short", torch.int8: "Char", torch.uint8: "Byte",
        torch.bool: "Bool", torch.float32: "Float", torch.float64: "Double", torch.float16: "Half",
        torch.bfloat16: "BFloat16",
    }  # fmt: skip
    return names.get(value.dtype, str(value.dtype))
