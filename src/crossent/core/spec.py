"""One frozen value per configuration: the options of a loss travel below the functional layer as these."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch

from .labels import equal_to

T = TypeVar("T")


def made_once(make: Callable[..., T]) -> Callable[..., T]:
    """Make a frozen value, and check it, at the first call with these options only: most calls come with the same."""
    kept = functools.lru_cache(maxsize=256, typed=True)(make)

    @functools.wraps(make, updated=())
    def made(*options: Any) -> T:
        # A compiler does not look into caches, and says so.
        if not torch.compiler.is_compiling():
            try:
                return kept(*options)
            except TypeError:  # A list, say, which has no hash: its own message is the better one.
                pass
        return make(*options)

    return made


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@dataclass(frozen=True)
class LogitTransform:
    """A transform of the logits before the softmax: softcap · tanh(z / softcap) / temperature."""

    softcap: float | None = None
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if not _is_number(self.temperature) or not 0.0 < self.temperature < math.inf:
            raise ValueError(
                f"temperature must be a finite number > 0, or a 0-d tensor of one, got {_show(self.temperature)}. "
                "Logits are divided by it; 1.0 is off."
            )
        if self.softcap is not None and (not _is_number(self.softcap) or not 0.0 < self.softcap < math.inf):
            raise ValueError(
                f"softcap must be a finite number > 0 or None, got {self.softcap!r}. "
                "Logits become softcap * tanh(logits / softcap); Gemma uses 30.0; None is off."
            )

    def __bool__(self) -> bool:
        """True if it changes anything."""
        return self.softcap is not None or self.temperature != 1.0

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        """The transformed logits."""
        if self.softcap is not None:
            logits = self.softcap * torch.tanh(logits / self.softcap)
        return logits if self.temperature == 1.0 else logits / self.temperature

    def slope(self, transformed: torch.Tensor) -> torch.Tensor:
        """The derivative by the logits, from what they have become."""
        if self.softcap is None:
            return torch.full_like(transformed, 1 / self.temperature)
        return (1 - (transformed * (self.temperature / self.softcap)).square()) / self.temperature


def divided(logits: torch.Tensor, spec: SoftmaxSpec, by: torch.Tensor | None) -> tuple[torch.Tensor, SoftmaxSpec]:
    """Logits that autograd sees divided by a temperature, and what remains to be done to them."""
    if by is None:
        return logits, spec
    wide = logits if logits.dtype == torch.float64 else logits.float()
    return spec.transform(wide) / by.to(wide.dtype), replace(spec, transform=LogitTransform())


def divided_both(
    student: torch.Tensor, teacher: torch.Tensor, by: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of both that autograd sees divided by a temperature, where that is a tensor."""
    if by is None:
        return student, teacher
    wide = torch.float64 if student.dtype == torch.float64 else torch.float32
    return student.to(wide) / by.to(wide), teacher.to(wide) / by.to(wide)


@dataclass(frozen=True)
class SoftmaxSpec:
    """Options of the softmax cross entropy that change its numbers, checked where they are made."""

    ignore_index: int = -100
    label_smoothing: float = 0.0
    smoothing_weight: str = "class"
    z_loss: float = 0.0
    transform: LogitTransform = field(default_factory=LogitTransform)

    def __post_init__(self) -> None:
        check_ignore_index(self.ignore_index)
        _check_label_smoothing(self.label_smoothing)
        if self.smoothing_weight not in ("class", "target"):
            raise ValueError(
                f"smoothing_weight must be 'class' or 'target', got {self.smoothing_weight!r}. "
                "'class' is torch's rule; 'target' multiplies the whole smoothed loss of a sample by weight[target]."
            )
        if not _is_number(self.z_loss) or not 0.0 <= self.z_loss < math.inf:
            raise ValueError(
                f"z_loss must be a finite number >= 0, got {self.z_loss!r}. Usual values are 1e-5 to 1e-3; 0.0 is off."
            )


@made_once
def softmax_spec(
    softcap: Any,
    temperature: Any,
    ignore_index: int,
    label_smoothing: float = 0.0,
    smoothing_weight: str = "class",
    z_loss: float = 0.0,
) -> SoftmaxSpec:
    """Options without a tensor among them."""
    transform = LogitTransform(softcap, temperature)
    return SoftmaxSpec(ignore_index, label_smoothing, smoothing_weight, z_loss, transform)


# torch.nn.BCELoss: logarithms are clamped at −100, and its gradient divides by at least 1e-12.
LOG_FLOOR = -100.0
VARIANCE_FLOOR = 1e-12


@dataclass(frozen=True)
class SigmoidSpec:
    """Options of the binary cross entropy that change its numbers; `logits` tells scores from probabilities."""

    logits: bool = True
    ignore_index: float | None = None
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        if self.ignore_index is not None and not _is_number(self.ignore_index):
            raise TypeError(
                "ignore_index must be a number that marks targets that do not count "
                f"(-1, 255, float('nan')) or None, got {_show(self.ignore_index)}."
            )
        _check_label_smoothing(self.label_smoothing)

    def counts(self, target: torch.Tensor) -> torch.Tensor | None:
        """Which targets count; None when all do. NaN as `ignore_index` marks NaN targets."""
        return None if self.ignore_index is None else ~equal_to(target, self.ignore_index)

    def smoothed(self, target: torch.Tensor) -> torch.Tensor:
        """(1 − ε) · t + ε / 2: also for the complement 1 − t of a target."""
        if not self.label_smoothing:
            return target
        return (1 - self.label_smoothing) * target + self.label_smoothing / 2


sigmoid_spec = made_once(SigmoidSpec)


def _check_label_smoothing(value: Any) -> None:
    if not _is_number(value):
        raise TypeError(f"label_smoothing must be a number in [0, 1], got {_show(value)}. Write label_smoothing=0.1.")
    if not 0.0 <= value <= 1.0:
        raise RuntimeError(
            f"label_smoothing must be between 0.0 and 1.0. Got: {value}. A usual value is 0.1; 0.0 is off."
        )


def check_ignore_index(value: Any) -> None:
    """Require an integer, of any type."""
    try:
        operator.index(value)
    except TypeError:
        raise TypeError(
            f"ignore_index must be an int that marks targets that do not count, got {_show(value)}. "
            "Write ignore_index=-100."
        ) from None


def _show(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    return f"{type(value).__name__} {value!r}"
