"""From losses per position to the result: the only place that knows none, sum, mean, normalisers, empty batches."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import _reduction as torch_legacy

from .dtypes import count_dtype
from .labels import equal_to, outside
from .spec import made_once
from .values import has_derivative, readable


@dataclass(frozen=True, eq=False)
class Reduction:
    """How losses per position become the result."""

    kind: str = "mean"
    normalizer: float | Tensor | None = None
    on_empty: str = "nan"

    def __post_init__(self) -> None:
        if self.kind not in ("none", "mean", "sum"):
            raise ValueError(
                f"{self.kind!r} is not a valid value for reduction. Write reduction='mean', 'sum' or 'none'."
            )
        if self.on_empty not in ("nan", "zero"):
            raise ValueError(
                f"on_empty must be 'nan' (what torch returns) or 'zero', got {self.on_empty!r}. "
                "It says what the mean of a batch without a valid target is."
            )
        if self.normalizer is not None:
            self._check_normalizer(self.normalizer)

    def _check_normalizer(self, value: Any) -> None:
        if self.kind != "mean":
            raise ValueError(
                f"normalizer divides the sum of reduction='mean', but reduction is {self.kind!r}. "
                "Drop normalizer, or write reduction='mean'."
            )
        if isinstance(value, Tensor):
            if value.dim() != 0:
                raise ValueError(
                    f"normalizer must be a number or a 0-d tensor, got a tensor of shape {tuple(value.shape)}. "
                    "Write normalizer=value.sum()."
                )
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(
                f"normalizer must be a number or a 0-d tensor, got {type(value).__name__}. "
                "Write normalizer=crossent.functional.normalizer(all_targets)."
            )

    @classmethod
    def of(
        cls,
        reduction: str,
        size_average: bool | None,
        reduce: bool | None,
        normalizer: float | Tensor | None,
        on_empty: str,
    ) -> Reduction:
        """From the arguments of a call, torch's legacy two included."""
        if size_average is not None or reduce is not None:
            reduction = legacy(size_average, reduce)
        # A normaliser is another one at every call.
        return _reduction(reduction, None, on_empty) if normalizer is None else cls(reduction, normalizer, on_empty)

    def plain(self) -> bool:
        """True if torch's own reduction computes the same."""
        return self.normalizer is None and self.on_empty == "nan"

    def shares(self, weight: Tensor, total: Tensor) -> tuple[Tensor, Reduction]:
        """Factors of losses whose positions weigh `weight` each and `total` (0-d) in all; what is left to do to them.

        The factors of a mean are divided by the total already. What is left is a sum, whose gradient the forward pass
        writes for an upstream gradient of 1, which is what comes, whatever the batch weighs.
        """
        if self.kind != "mean" or self.normalizer is not None:
            return weight, self
        if readable(total, weight) and total.device.type == "cpu" and not has_derivative(total) and total.item():
            return weight / total.item(), Reduction("mean", 1.0, self.on_empty)
        weighs = total != 0
        share = (weight / torch.where(weighs, total, 1.0)).to(weight.dtype)
        return share, Reduction("mean", weighs.to(total.dtype), self.on_empty)

    @property
    def operators(self) -> str:
        """The reduction that an operator does itself: it knows the batch's own weight, and no other divisor."""
        return self.kind if self.plain() or self.kind != "mean" else "sum"

    def finish(self, loss: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
        """From what an operator returned, for positions that weigh `weight` (0-d) in all, to the result as `dtype`."""
        return (loss if self.operators == self.kind else self._divide(loss, weight)).to(dtype)

    def _divide(self, total: Tensor, weight: Tensor) -> Tensor:
        divisor = weight if self.normalizer is None else self.normalizer
        if self.on_empty == "zero":
            # The sum of no losses is 0, so any divisor but 0 gives 0 and a gradient of 0.
            if isinstance(divisor, Tensor):
                divisor = torch.where(divisor == 0, torch.ones_like(divisor), divisor)
            else:
                divisor = divisor or 1.0
        return total if isinstance(divisor, float) and divisor == 1.0 else total / divisor


_reduction = made_once(Reduction)


def reduced(loss: Tensor, weight: Tensor, kind: str) -> Tensor:
    """Losses per position that weigh `weight` (0-d) in all, as they are, summed, or divided by that weight."""
    if kind == "none":
        return loss
    return loss.sum() if kind == "sum" else (loss.sum() / weight).to(loss.dtype)


def spread(grad: Tensor, weight: Tensor, kind: str, shape: tuple[int, ...]) -> Tensor:
    """The backward of `reduced`: the gradient of each position's loss."""
    return (grad / weight).to(grad.dtype).expand(shape) if kind == "mean" else grad.expand(shape)


def legacy(size_average: Any, reduce: Any) -> str:
    """Map torch's two deprecated flags as torch maps them, with torch's warning."""
    for name, value in (("size_average", size_average), ("reduce", reduce)):
        if isinstance(value, Tensor) and value.dim() > 0:
            raise RuntimeError(
                f"Boolean value of Tensor with more than one value is ambiguous: {name} got a tensor of shape "
                f"{tuple(value.shape)}, which looks like data; the constructor takes settings, the data come with the "
                "call. Write criterion = CrossEntropyLoss(), then loss = criterion(logits, target)."
            )
    kind = torch_legacy.legacy_get_string(size_average, reduce, emit_warning=False)
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{kind}' instead.",
        stacklevel=5,
    )
    return str(kind)


def target_weight(
    target: Tensor, weight: Tensor | None, ignore_index: int, group: Any = None, sample_weight: Tensor | None = None
) -> Tensor:
    """Σ_i s_i · w[y_i] over the targets that count, 0-d; summed over the ranks of `group` when there is one."""
    counts = ~equal_to(target, ignore_index)
    dtype = count_dtype(target.device)
    each = sample_weight
    if weight is not None:
        # Of a label out of range, which a GPU must not look up, nothing is known here.
        counts = counts & ~outside(target, len(weight))
        own = weight[torch.where(counts, target, 0).long()]
        each = own if each is None else own * each
    total = counts.sum().to(dtype) if each is None else torch.where(counts, each, 0.0).sum(dtype=dtype)
    if group is not None:
        torch.distributed.all_reduce(total, group=group)
    return total
