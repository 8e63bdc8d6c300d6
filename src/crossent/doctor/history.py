"""The events so far that more than one check asks about."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd
from torch.optim import Optimizer

from .calls import Calls
from .rows import Rows
from .sites import NOWHERE, Site
from .traces import Call, LossTrace, Model


class IdMap:
    """A mapping from objects, by identity, that keeps none of them alive."""

    def __init__(self) -> None:
        self._items: dict[int, tuple[weakref.ref[Any], Any]] = {}

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of an object."""
        item = self._items.get(id(key))
        return item[1] if item is not None and item[0]() is key else default

    def set(self, key: Any, value: Any) -> None:
        """Give an object a value."""
        self._items[id(key)] = (weakref.ref(key), value)

    def __contains__(self, key: Any) -> bool:
        item = self._items.get(id(key))
        return item is not None and item[0]() is key

    def items(self) -> list[tuple[Any, Any]]:
        """The objects that still live, with their values."""
        return [(key, value) for ref, value in list(self._items.values()) if (key := ref()) is not None]


@dataclass(frozen=True)
class Loader:
    """Facts about a DataLoader; it may be gone while its batches are still used.

    `draws` are the smallest and largest weight of a WeightedRandomSampler that it takes its rows from; `rows` and
    `batches` are those of one pass, where they are known; `of` tells which rows of which data.
    """

    site: Site
    draws: tuple[float, float] | None
    rows: int | None = None
    batches: int | None = None
    of: Rows | None = None


class TrainedLoss:
    """The mean of the roots of backward passes; kept without waiting for a GPU, and only while somebody asks for it."""

    def __init__(self) -> None:
        self.wanted = False
        self._sum: Tensor | None = None
        self._count = 0

    def add(self, root: Tensor) -> None:
        """Count the root of a backward pass."""
        if self.wanted and root.numel() == 1:
            value = root.detach().reshape(())
            self._sum = value.clone() if self._sum is None else self._sum.to(value.device) + value
            self._count += 1

    def take(self) -> float | None:
        """The mean since the last time, None if there was no backward pass."""
        mean = float(self._sum) / self._count if self._sum is not None else None
        self._sum, self._count = None, 0
        return mean


class Steps:
    """The steps of one optimizer: how many, the line of the last one, the backward passes that had begun by then."""

    __slots__ = ("backwards", "number", "site")

    def __init__(self, site: Site) -> None:
        self.number = 0
        self.site = site
        self.backwards = 0


class Known:
    """Who built what where, in whatever thread."""

    def __init__(self) -> None:
        # Optimizer → the line that built it; parameter → the optimizer that has it.
        self.optimizers = IdMap()
        self.optimized = IdMap()
        # How often an optimizer was given parameters.
        self.registered = 0
        # Criterion, scheduler, loader or sampler → the line that built it.
        self.built = IdMap()
        # Optimizers that a gradient scaler steps: it may leave the first step out.
        self.scaled = IdMap()


class History:
    """Counters of one training, and what is known of its parts."""

    def __init__(self, settled: Callable[[Call], None], known: Known) -> None:
        self.optimizers, self.optimized = known.optimizers, known.optimized
        self.built, self.scaled = known.built, known.scaled
        # Outermost module calls, and what becomes of them; `settled` hears of those that were only looked at.
        self.calls = Calls(settled)
        # Whether training calls are observed: always at first, later in windows. What is not training always is.
        self.awake = True
        # Optimizer steps and backward passes that have begun.
        self.steps = 0
        self.backwards = 0
        self._known = known
        # Optimizer → its steps.
        self.steps_of = IdMap()
        # The scaler that enlarged the last loss.
        self.scaler: weakref.ref[Any] | None = None
        # The result of the last loss and its trace: without a graph, nothing else tells where a number came from.
        self.last_loss: tuple[weakref.ref[Tensor], LossTrace] | None = None
        self._models = IdMap()
        # Whether some check has to hear of every loss from now on.
        self.every_loss = False
        # The mean of the losses that were trained on since it was last taken, where a scheduler asks for one.
        self.averaging = TrainedLoss()
        # Those of the optimizer that stepped last.
        self.last_steps: Steps | None = None
        # The outermost module call, or the loss, that raised last: its line, and what it was given, in words.
        self.failed: tuple[Site, str] | None = None
        # The loader that gave the last batch.
        self.loader: Loader | None = None
        # Whether a training call, or any, was made since: what is called then may be of other data than its.
        self.batch_used = self.batch_looked_at = True
        # Modules that ran without gradients inside of a call with gradients.
        self.frozen_calls = IdMap()

    def built_at(self, thing: Any, default: Site = NOWHERE) -> Site:
        """The line that built something, `default` if that was before observation began."""
        site: Site = self.built.get(thing, default)
        return site

    def stepping(self) -> bool:
        """True if any optimizer of torch was seen."""
        return self.steps > 0 or bool(self.optimizers.items())

    def own_parameters(self, most: int) -> Iterator[Tensor]:
        """All that this thread trains, some of each optimizer or (before any step) model; others may write the rest."""
        optimizers = self.steps_of.items()
        for optimizer, _ in optimizers:
            yield from islice(parameters_of(optimizer), most)
        for call in () if optimizers else self.calls.trained:
            module = call.module()
            yield from islice(module.parameters(), most) if module is not None else ()

    def register(self, optimizer: Optimizer, site: Site) -> None:
        """Remember an optimizer and its parameters."""
        if optimizer not in self.optimizers:
            self.optimizers.set(optimizer, site)
        for parameter in parameters_of(optimizer):
            self.optimized.set(parameter, True)
        self._known.registered += 1

    def model_of(self, module: nn.Module) -> Model:
        """Facts about a module, as it stands now."""
        model: Model | None = self._models.get(module)
        if model is None:
            model = Model(type(module).__name__)
            self._models.set(module, model)
            model.sensitive = [type(part).__name__ for part in mode_dependent(module) if part.training]
        if not model.trained and model.asked != self._known.registered:
            model.asked = self._known.registered
            model.trained = any(parameter in self.optimized for parameter in module.parameters())
        return model

    def sensitive(self, call: Call) -> list[str]:
        """The parts of a call's module that act differently in training mode, and are in it."""
        module = call.module()
        if module is not None:
            call.model.sensitive = [type(part).__name__ for part in mode_dependent(module) if part.training]
        return call.model.sensitive or list(dict.fromkeys(f"F.{name}" for name, on, _ in call.modes if on))


def parameters_of(optimizer: Optimizer) -> Iterator[Tensor]:
    """The tensors that an optimizer changes."""
    for group in optimizer.param_groups:
        yield from group["params"]


def mode_dependent(module: nn.Module) -> list[nn.Module]:
    """The parts of a module that behave differently in training: dropout and batch norm, where they do anything."""
    found: list[nn.Module] = []
    for part in module.modules():
        if isinstance(part, _BatchNorm) or "BatchNorm" in type(part).__name__:
            if getattr(part, "track_running_stats", True):
                found.append(part)
        elif (isinstance(part, _DropoutNd) and part.p > 0) or _inner_dropout(part) > 0:
            found.append(part)
    return found


def _inner_dropout(part: nn.Module) -> float:
    """Dropout that is a setting of a layer: recurrent layers and attention."""
    if isinstance(part, nn.RNNBase):
        return float(part.dropout) if part.num_layers > 1 else 0.0
    if isinstance(part, nn.MultiheadAttention):
        return float(part.dropout)
    return 0.0
