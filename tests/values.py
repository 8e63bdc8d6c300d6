"""Parts of the named instances of `cases`: calls, values, and how they lie in memory."""

from __future__ import annotations

import inspect
import zlib
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from crossent import functional as ours

from . import truth as true


@dataclass(frozen=True)
class Call:
    """The arguments of one call, which ours, torch's and the truth all take."""

    function: str
    arguments: dict[str, Any]

    def with_(self, **changes: Any) -> Call:
        """The same call with other arguments."""
        return Call(self.function, self.arguments | changes)

    def ours(self, **changes: Any) -> Any:
        """The result of crossent."""
        return getattr(ours, self.function)(**self.arguments | changes)

    def truth(self, **changes: Any) -> true.Loss:
        """The result of the formulas in float64."""
        return getattr(true, self.function)(**self.arguments | changes)

    def torchs(self, **changes: Any) -> Tensor | None:
        """The result of torch; None where it has no such option."""
        arguments, function = self.arguments | changes, getattr(F, self.function)
        binary, dim = self.function.startswith("binary"), arguments.pop("dim", None)
        if set(arguments) - set(inspect.signature(function).parameters) or (binary and dim is not None):
            return None
        x, y = arguments["input"], arguments["target"]
        if not binary and y.is_floating_point() and (y.dtype != x.dtype or bool(y.isnan().any())):
            # Torch promotes the loss to the wider of both, and knows no rows that do not count.
            return None
        if binary:
            arguments["target"] = y.to(x.dtype)
        elif not y.is_floating_point():
            arguments["target"] = y.long()
        if dim is not None and x.dim() > 1:
            arguments["input"] = x = x.movedim(dim, 1)
            arguments["target"] = y.movedim(dim, 1) if y.is_floating_point() else arguments["target"]
        if self.function == "nll_loss":
            # Its backward refuses what it calls a grad_input that is not contiguous.
            arguments["input"] = x.contiguous()
        for name in {"weight", "pos_weight"} & set(arguments):
            # Beside probabilities torch takes any dtype, and promotes.
            if binary or not y.is_floating_point():
                arguments[name] = arguments[name].to(x.dtype)
        return function(**arguments)

    def leaves(self, dtype: torch.dtype | None = None) -> tuple[Call, dict[str, Tensor]]:
        """The call with fresh leaves for all that gradients flow to, and those leaves, if asked for of `dtype`."""
        names = ["input", "target", "linear_weight", "linear_bias"]
        if bool(self.arguments["input"].isinf().any()):
            # Mass for a class that is masked with −inf would cost inf: no gradient to compare.
            names.remove("target")
        given = {name: self.arguments.get(name) for name in names}
        fresh = {
            name: (value.detach() if dtype is None else value.detach().to(dtype)).requires_grad_()
            for name, value in given.items()
            if value is not None and value.is_floating_point()
        }
        return self.with_(**fresh), fresh

    def unit(self, reduction: str = "none", of_gradient: bool = False) -> float:
        """The weight of one nat of one position in the result: the size of the numbers whose difference it is."""
        heaviest = 1.0
        for name in ("weight", "pos_weight", "sample_weight"):
            given = self.arguments.get(name)
            heaviest *= 1.0 if given is None else max([1.0, *torch.as_tensor(given).flatten().tolist()])
        if reduction == "mean":
            divisor = self.arguments.get("normalizer") or float(self.truth().weight)
            heaviest /= divisor or 1.0
        if reduction == "none" or of_gradient:
            return heaviest
        return heaviest * max(1, self.arguments["target"].numel())


def generator(name: str) -> torch.Generator:
    """Random numbers that depend on a name alone."""
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


def logits(kind: str, shape: tuple[int, ...], dim: int, noise: torch.Generator) -> Tensor:
    """Logits of a named kind; `dim` is the class axis."""
    z = torch.randn(shape, generator=noise)
    if kind == "large":
        return 1e4 * z.sign()
    if kind == "huge":
        return 1e30 * z
    if kind == "dominant":
        return torch.where(z == z.amax(dim, keepdim=True), z + 60, z)
    if kind == "uniform":
        return torch.zeros(shape)
    assert kind in ("normal", "masked"), kind
    return z


def masked(values: Tensor, target: Tensor, dim: int, noise: torch.Generator) -> Tensor:
    """−inf at about a third of the classes, never at the target."""
    hide = torch.rand(values.shape, generator=noise) < 0.3
    labels = target.argmax(dim) if target.is_floating_point() else target.clamp_min(0).long()
    hide.scatter_(dim, labels.unsqueeze(dim), False)
    return values.masked_fill(hide, float("-inf"))


def probabilities(kind: str, shape: tuple[int, ...], noise: torch.Generator) -> Tensor:
    """Predicted probabilities of a named kind."""
    if kind == "edges":
        ends = torch.tensor([0.0, 1.0, 0.5, 1e-30, 1 - 2.0**-12])
        return ends[torch.randint(len(ends), shape, generator=noise)]
    return torch.randn(shape, generator=noise).mul(2).sigmoid()


def weights(classes: int, noise: torch.Generator) -> Tensor:
    """Class weights between 0.25 and 4 (exact in all dtypes), and one of 0 where there are classes to spare."""
    result = torch.randint(1, 17, (classes,), generator=noise) / 4
    if classes > 3:
        result[2] = 0.0
    return result


def sample_weights(kind: str, shape: tuple[int, ...], noise: torch.Generator) -> dict[str, Tensor]:
    """Factors between 0.25 and 4, the second of them 0: none, one per sample, one per position; or nothing but 0."""
    if kind == "none":
        return {}
    result = torch.randint(1, 17, shape[:1] if kind == "rows" else shape, generator=noise) / 4
    result.view(-1)[1] = 0.0
    return {"sample_weight": torch.zeros_like(result) if kind == "zeros" else result}


def labels(classes: int, shape: tuple[int, ...], kind: str, noise: torch.Generator) -> Tensor:
    """Class indices as far as their dtype holds them; the last of them is the last class."""
    result = torch.randint(classes, shape, generator=noise)
    result.view(-1)[-1:] = classes - 1
    return result if kind == "bool" else result.clamp_max(torch.iinfo(getattr(torch, kind)).max)


def laid_out(memory: str, values: Tensor) -> Tensor:
    """The same values (for "expanded": those of the first row) with the strides that a name stands for."""
    if memory == "channels_last":
        return values.contiguous(memory_format=torch.channels_last)
    if memory == "transposed":
        return values.transpose(0, 1).contiguous().transpose(0, 1)
    if memory == "expanded":
        return values[:1].expand(values.shape)
    if memory == "sliced":
        # What lies between must not be read: NaN.
        store = values.new_full([2 * n + 1 for n in values.shape], float("nan"))
        return store[tuple(slice(1, None, 2) for _ in values.shape)].copy_(values)
    return values.contiguous()
