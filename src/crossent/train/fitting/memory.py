"""A training that leaves nothing behind but its model: no folder, no checkpoint on disk, no report."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from torch import Tensor, nn

from ...wording import language_of, speaking
from ..config.fit import FitConfig, SettingError
from ..data.schema import Schema
from ..display.loggers import Loggers
from ..display.progress import Display
from ..runtime.device import Engine, start_fabric
from ..runtime.interrupt import Wish
from ..runtime.limit import TimeLimit
from ..runtime.threads import cpu_threads
from ..state.checkpoint import Checkpoints
from ..state.history import History
from ..state.packing import load_model_tensors
from ..state.rng import rng_kept
from ..tasks.base import Task
from .explaining import nothing_kept
from .loop import Loop
from .lr_finder import find_lr
from .preparing import Source, load_data, named, prepare
from .refit import refit, worthwhile


class Learnt(NamedTuple):
    """A model with its best weights, in eval mode, what goes with it, and the figures of each evaluation by column."""

    model: nn.Module
    task: Task
    schema: Schema
    history: list[dict[str, float]]


class MemoryLoop(Loop):
    """A loop whose best weights are kept in memory, and that cannot be resumed."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.kept: dict[str, Tensor] = {}

    def save(self) -> None:
        """Keep nothing: there is no going on from here."""

    def save_best(self) -> None:
        """Keep the weights as they were evaluated."""
        with self.training.averaged():
            self.kept = {name: value.clone() for name, value in self.training.weights().items()}


def learn(config: FitConfig, source: Source, console: Console | None = None) -> Learnt:
    """Train as `fit` does, in this process, and keep the best weights; the random generators are left as they were.

    Args:
        config: the settings; those of a run's folder are not looked at.
        source: the data, and the model where it is an object.
        console: where the lines go; stdout by default.

    Raises:
        SettingError: a setting does not fit the data, or needs more than one process.
        DataError: the data cannot be used.
        TrainingError: a loss is not finite, or what should improve is no number in any evaluation.
    """
    if config.devices * config.nodes > 1:
        raise SettingError("devices", "1 without the folder of a run, which processes share", config.devices, 1)
    wish, began = Wish(), time.monotonic()
    with speaking(language_of(config.lang)), cpu_threads(config.threads), rng_kept():
        display = Display(console)
        data = load_data(config, source)
        config = named(config, data.schema)
        display.line(data.census.to_text())
        training = prepare(config, Engine(start_fabric(config)), data, source.model)
        wish.limit = TimeLimit.of(config.time_limit, began)
        loop = MemoryLoop(training, Checkpoints(Path()), History(None), display, Loggers({}, display.line), wish)
        if config.lr == "auto":
            training.schedule.lr = find_lr(training).lr
        ending = loop.run()
        if not loop.kept:
            raise nothing_kept(config)
        rows = loop.history.rows
        before = [row for row in rows if row.step <= training.stopping.best_at.step]
        again = None
        if worthwhile(config, data, source.model, ending, wish, before):
            again = refit(training, data, before, wish, display)
    if again is None:
        load_model_tensors(training.bare, loop.kept)
    else:
        training = again.training
    return Learnt(training.bare.eval(), training.task, data.schema, [row.cells() for row in rows])
