"""The losses as modules: settings and buffers, one call into `xent.functional` each; no mathematics.

Each is an instance of torch's class of the same name, so that code which asks `isinstance` keeps working.
"""

from __future__ import annotations

import inspect
import math
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from . import functional as F
from .core import checks
from .core.reduction import Reduction, legacy
from .core.spec import LinearOptions, SigmoidSpec, SoftmaxSpec
from .core.stats import Stats

# Torch's own classes, also when this module is first imported while torch.nn is patched.
_TorchLinear: Any = getattr(nn, "LinearCrossEntropyLoss", nn.Module)


class _Criterion(nn.Module):
    """What the losses share: settings shown when they differ from the default, and weights outside of checkpoints."""

    _weights: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **settings: Any) -> None:
        nn.Module.__init__(self)
        for name, value in settings.items():
            if name in self._weights:
                # Not persistent: a criterion inside a model adds nothing to the model's checkpoint.
                self.register_buffer(name, checks.finite_weight(name, value), persistent=False)
            else:
                setattr(self, name, value)

    def extra_repr(self) -> str:
        shown = []
        for name, parameter in inspect.signature(type(self).__init__).parameters.items():
            value = getattr(self, name, None)
            if parameter.default is inspect.Parameter.empty or value is None or name in ("size_average", "reduce"):
                continue
            if isinstance(value, Tensor):
                shown.append(f"{name}={_short(value)}")
            elif value != parameter.default:
                shown.append(f"{name}={value!r}")
        return ", ".join(shown)

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Also take the weights that torch.nn's criterion has written into its checkpoint."""
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )
        for name in self._weights:
            value, own = state_dict.get(prefix + name), getattr(self, name)
            if value is None or own is None:
                continue
            if prefix + name in unexpected_keys:
                unexpected_keys.remove(prefix + name)
            if value.shape == own.shape:
                with torch.no_grad():
                    own.copy_(value)
            else:
                error_msgs.append(
                    f"size mismatch for {prefix}{name}: the checkpoint has {tuple(value.shape)}, "
                    f"this criterion {tuple(own.shape)}."
                )


class CrossEntropyLoss(_Criterion, nn.CrossEntropyLoss):
    """Softmax cross entropy between logits and class indices or probabilities, as `xent.functional.cross_entropy`.

    The arguments are those of that function; `weight` is a buffer that follows `.to()` and stays out of the
    checkpoint. Options are checked here, not at the first call.

    Example::

        >>> import torch, xent
        >>> criterion = xent.CrossEntropyLoss(weight=[1, 4], label_smoothing=0.1)
        >>> criterion
        CrossEntropyLoss(weight=[1, 4], label_smoothing=0.1)
        >>> criterion(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1]))
        tensor(0.3652)
    """

    _weights = ("weight",)

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
        *,
        dim: int = 1,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
        smoothing_weight: str = "class",
        z_loss: float = 0.0,
        softcap: float | None = None,
        return_stats: bool = False,
    ) -> None:
        reduction = _reduction(reduction, size_average, reduce, normalizer, on_empty)
        SoftmaxSpec(ignore_index, label_smoothing, smoothing_weight, z_loss, softcap)
        super().__init__(
            weight=checks.class_weight_shape(weight),
            ignore_index=ignore_index,
            reduction=reduction,
            label_smoothing=label_smoothing,
            dim=dim,
            normalizer=normalizer,
            on_empty=on_empty,
            smoothing_weight=smoothing_weight,
            z_loss=z_loss,
            softcap=softcap,
            return_stats=return_stats,
        )

    def forward(self, input: Tensor, target: Tensor) -> Tensor | tuple[Tensor, Stats]:  # type: ignore[override]
        """The loss of `input` against `target`."""
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
            dim=self.dim,
            normalizer=self.normalizer,
            on_empty=self.on_empty,
            smoothing_weight=self.smoothing_weight,
            z_loss=self.z_loss,
            softcap=self.softcap,
            return_stats=self.return_stats,
        )


class NLLLoss(_Criterion, nn.NLLLoss):
    """Negative log likelihood of log-probabilities, as `xent.functional.nll_loss`.

    Example::

        >>> import torch, xent
        >>> criterion = xent.NLLLoss(ignore_index=255)
        >>> criterion(xent.LogSoftmax(dim=1)(torch.zeros(2, 4)), torch.tensor([3, 255], dtype=torch.uint8))
        tensor(1.3863)
    """

    _weights = ("weight",)

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        *,
        dim: int = 1,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
    ) -> None:
        reduction = _reduction(reduction, size_average, reduce, normalizer, on_empty)
        SoftmaxSpec(ignore_index)
        super().__init__(
            weight=checks.class_weight_shape(weight),
            ignore_index=ignore_index,
            reduction=reduction,
            dim=dim,
            normalizer=normalizer,
            on_empty=on_empty,
        )

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of `input` against `target`."""
        return F.nll_loss(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            dim=self.dim,
            normalizer=self.normalizer,
            on_empty=self.on_empty,
        )


class LogSoftmax(nn.LogSoftmax):
    """Logarithm of the softmax along `dim`, as `xent.functional.log_softmax`.

    Example::

        >>> import torch, xent
        >>> xent.LogSoftmax(dim=-1)(torch.zeros(2))
        tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Log-probabilities of `input`."""
        return F.log_softmax(input, self.dim, _stacklevel=5)


class BCEWithLogitsLoss(_Criterion, nn.BCEWithLogitsLoss):
    """Binary cross entropy of scores, as `xent.functional.binary_cross_entropy_with_logits`.

    Example::

        >>> import torch, xent
        >>> criterion = xent.BCEWithLogitsLoss(pos_weight=[1.0, 3.0, 1.0], dim=1, ignore_index=-1)
        >>> criterion(torch.zeros(1, 3, 2, 2), torch.tensor([[[[0, 1], [1, 0]]]]).expand(1, 3, 2, 2))
        tensor(0.9242)
    """

    _weights = ("weight", "pos_weight")

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Any = None,
        *,
        dim: int | None = None,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
        ignore_index: float | None = None,
        label_smoothing: float = 0.0,
        return_stats: bool = False,
    ) -> None:
        reduction = _reduction(reduction, size_average, reduce, normalizer, on_empty)
        SigmoidSpec(True, ignore_index, label_smoothing)
        super().__init__(
            weight=weight,
            pos_weight=pos_weight,
            reduction=reduction,
            dim=dim,
            normalizer=normalizer,
            on_empty=on_empty,
            ignore_index=ignore_index,
            label_smoothing=label_smoothing,
            return_stats=return_stats,
        )

    def forward(self, input: Tensor, target: Tensor) -> Tensor | tuple[Tensor, Stats]:  # type: ignore[override]
        """The loss of `input` against `target`."""
        return F.binary_cross_entropy_with_logits(
            input,
            target,
            self.weight,
            reduction=self.reduction,
            pos_weight=self.pos_weight,
            dim=self.dim,
            normalizer=self.normalizer,
            on_empty=self.on_empty,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            return_stats=self.return_stats,
        )


class BCELoss(_Criterion, nn.BCELoss):
    """Binary cross entropy of probabilities, as `xent.functional.binary_cross_entropy`.

    Example::

        >>> import torch, xent
        >>> xent.BCELoss()(torch.tensor([0.5, 0.9]), torch.tensor([True, True]))
        tensor(0.3993)
    """

    _weights = ("weight",)

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        *,
        dim: int | None = None,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
        ignore_index: float | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        reduction = _reduction(reduction, size_average, reduce, normalizer, on_empty)
        SigmoidSpec(False, ignore_index, label_smoothing)
        super().__init__(
            weight=weight,
            reduction=reduction,
            dim=dim,
            normalizer=normalizer,
            on_empty=on_empty,
            ignore_index=ignore_index,
            label_smoothing=label_smoothing,
        )

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of `input` against `target`."""
        return F.binary_cross_entropy(
            input,
            target,
            self.weight,
            reduction=self.reduction,
            dim=self.dim,
            normalizer=self.normalizer,
            on_empty=self.on_empty,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )


class LinearCrossEntropyLoss(_Criterion, _TorchLinear):  # type: ignore[misc]
    """A linear layer and its cross entropy in one, without the logits, as `xent.functional.linear_cross_entropy`.

    Parameters and their names (`linear.weight`, `linear.bias`) are those of torch.nn.LinearCrossEntropyLoss.

    Args:
        in_features: D.
        num_classes: C.
        out_features: ``(d1, …, dK)`` for K-dimensional targets.
        bias: whether the linear layer has one.

    Example::

        >>> import torch, xent
        >>> head = xent.LinearCrossEntropyLoss(16, 1000, bias=True)
        >>> head(torch.zeros(4, 16), torch.tensor([0, 1, 2, 3])).shape
        torch.Size([])
    """

    _weights = ("weight",)

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Any = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: Any = None,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
        smoothing_weight: str = "class",
        z_loss: float = 0.0,
        softcap: float | None = None,
        return_stats: bool = False,
    ) -> None:
        reduction = _reduction(reduction, None, None, normalizer, on_empty)
        checks.linear_options(num_classes, weight, label_smoothing)
        SoftmaxSpec(-100 if ignore_index is None else ignore_index, label_smoothing, smoothing_weight, z_loss, softcap)
        LinearOptions.of(options)
        super().__init__(
            num_classes=num_classes,
            out_features=tuple(out_features),
            reduction=reduction,
            weight=weight,
            ignore_index=ignore_index,
            label_smoothing=label_smoothing,
            options=options,
            normalizer=normalizer,
            on_empty=on_empty,
            smoothing_weight=smoothing_weight,
            z_loss=z_loss,
            softcap=softcap,
            return_stats=return_stats,
        )
        # Two axes, as torch has it: initialised as nn.Linear, and its checkpoints fit.
        self.linear = nn.Linear(in_features, num_classes * math.prod(out_features), bias, device, dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor | tuple[Tensor, Stats]:
        """The loss of the linear layer's logits for `input` against `target`."""
        rows = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.view(*rows, -1),
            target,
            linear_bias=None if bias is None else bias.view(rows),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
            normalizer=self.normalizer,
            on_empty=self.on_empty,
            smoothing_weight=self.smoothing_weight,
            z_loss=self.z_loss,
            softcap=self.softcap,
            return_stats=self.return_stats,
        )

    def extra_repr(self) -> str:
        shown = f"in_features={self.linear.in_features}, num_classes={self.num_classes}"
        rest = super().extra_repr()
        shown = f"{shown}, bias=True" if self.linear.bias is not None else shown
        return f"{shown}, {rest}" if rest else shown


def _reduction(reduction: str, size_average: Any, reduce: Any, normalizer: Any, on_empty: str) -> str:
    if size_average is not None or reduce is not None:
        reduction = legacy(size_average, reduce)
    return Reduction(reduction, normalizer, on_empty).kind


def _short(value: Tensor) -> str:
    """A weight as a reader wants it: its numbers when they are few, else its shape and range."""
    if value.is_meta or value.numel() > 8:
        size = f"<{' × '.join(map(str, value.shape))}"
        return f"{size}>" if value.is_meta else f"{size}, {float(value.min()):g} to {float(value.max()):g}>"
    numbers = torch.tensor(value.tolist(), dtype=torch.float64)
    return str([float(f"{v:.4g}") if v != int(v) else int(v) for v in numbers.flatten().tolist()])
