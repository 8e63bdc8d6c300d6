"""What the loss modules share: settings, weights outside of checkpoints, a repr that shows what is set."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ..core import checks
from ..core.reduction import Reduction, legacy


class Criterion(nn.Module):
    """What the losses share: settings shown when they differ from the default, and weights outside of checkpoints."""

    _weights: ClassVar[tuple[str, ...]] = ()

    weight: Tensor | None
    reduction: str

    def __init__(self, **settings: Any) -> None:
        nn.Module.__init__(self)
        self._names = tuple(settings)
        for name, value in settings.items():
            if name in self._weights:
                # Not persistent: a criterion inside a model adds nothing to the model's checkpoint.
                self.register_buffer(name, checks.finite_weight(name, value), persistent=False)
            else:
                setattr(self, name, value)

    def _settings(self) -> dict[str, Any]:
        """What the function of the same name is called with, as it stands now."""
        return {name: getattr(self, name) for name in self._names}

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


def resolve_reduction(reduction: str, size_average: Any, reduce: Any, normalizer: Any, on_empty: str) -> str:
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
