"""The objects that the steps of a run work on, and all of its state."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from ..config.fit import FitConfig
from ..data.dataset import Dataset
from ..runtime.device import Engine
from ..state.packing import load_model_tensors, load_optimizer, model_tensors, pack, spread_like, unpack
from ..tasks.base import Task
from .ema import Ema
from .feed import Feed, epoch_seed
from .schedule import Schedule
from .stopping import Stopping


@dataclass
class Training:
    """The parts of a training.

    Attributes:
        model: as it is called; `bare` is the same model without what Fabric puts around it.
        optimizer: as it is called; `inner` is the same without what Fabric puts around it.
        eval_batch: samples at once in an evaluation.
        notes: what a person should know before the first step, in sentences.
    """

    config: FitConfig
    engine: Engine
    task: Task
    model: nn.Module
    bare: nn.Module
    optimizer: Any
    schedule: Schedule
    stopping: Stopping
    feed: Feed
    val: Dataset
    eval_batch: int
    ema: Ema | None
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.trained = [parameter for parameter in self.bare.parameters() if parameter.requires_grad]

    def seed(self, step: int) -> int:
        """The seed of the epoch that a step is in."""
        return epoch_seed(self.config.seed, step // self.feed.steps_per_epoch)

    def averaged(self) -> AbstractContextManager[None]:
        """The model as it is evaluated: with the mean of its weights, if one is kept."""
        return nullcontext() if self.ema is None else self.ema.applied()

    def weights(self) -> dict[str, Tensor]:
        """The model's state by name, whole in every process."""
        return model_tensors(self.bare)

    def state(self) -> dict[str, Any]:
        """The state of everything else, whole in every process."""
        state = {
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.engine.scaler_state(),
            "schedule": self.schedule.state(),
            "stopping": self.stopping.state(),
            "ema": None if self.ema is None else self.ema.state(),
        }
        return state if not self.engine.sharded else dict(unpack(*pack(state)))

    def load(self, weights: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from a checkpoint.

        Raises:
            ModelError: the weights are of another model.
        """
        load_model_tensors(self.bare, weights)
        load_optimizer(getattr(self.optimizer, "optimizer", self.optimizer), state["optimizer"])
        self.engine.load_scaler(state["scaler"])
        self.schedule.load(state["schedule"])
        self.stopping.load(state["stopping"])
        if self.ema is not None and state["ema"] is not None:
            mean = [spread_like(tensor, own) for tensor, own in zip(state["ema"]["mean"], self.ema.mean, strict=True)]
            self.ema.load({**state["ema"], "mean": mean})

    def same_buffers(self) -> None:
        """Give every process the running means and other buffers of the first one: an evaluation is of one model."""
        self.engine.world.first_copies([buffer for buffer in self.bare.buffers() if buffer is not None])
