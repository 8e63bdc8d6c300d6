"""The last lines of a training: why it stopped, where the best was, how to go on."""

from __future__ import annotations

import signal
from pathlib import Path

from ...printable import in_shell
from ..config.fit import FitConfig
from ..config.interval import Interval
from ..state.history import Row
from .stopping import Ending


def closing(
    config: FitConfig,
    folder: Path,
    ending: Ending,
    step: int,
    steps_per_epoch: int,
    best: Row | None,
    again: str | None,
    by: int | None,
    python: bool = False,
) -> str:
    """The sentences, a line each.

    Args:
        config, folder: of the run.
        ending, step, steps_per_epoch: why and when its steps ended.
        best: the evaluation whose weights were kept.
        again: what there is to say of a second training.
        by: the number of the signal that stopped it.
        python: the model or the data were given from Python, and must be given again.
    """
    epochs = step / steps_per_epoch if steps_per_epoch else 0.0
    where = f"after step {step:,} (epoch {epochs:.4g})" if steps_per_epoch else f"after step {step:,}"
    monitor = config.stop.monitor
    if ending is Ending.SIGNAL:
        lines = [f"Stopped by {_name(by)} {where}; saved in {folder / 'last'}."]
    elif ending is Ending.PATIENCE:
        patience = Interval.parse(config.stop.patience or "0steps")
        by_more = f" by more than {config.stop.min_delta:g}" if config.stop.min_delta else ""
        lines = [f"Stopped {where}: {monitor} has not improved{by_more} for {patience} (early stopping)."]
    elif ending is Ending.STEPS:
        lines = [f"Stopped {where}: all {config.steps:,} steps are done."]
    elif ending is Ending.TIME:
        lines = [f"Stopped {where}: the time of {config.time_limit} is over."]
    else:
        lines = [f"Stopped {where}: all {config.passes:,} epochs are done."]
    if best is not None:
        ago = step - best.step
        when = f"{ago:,} steps before the end" if ago else "the last one"
        lines.append(f"The best {monitor} was {best.figures[monitor]:.4f}, at step {best.step:,}, {when}.")
    if again is not None:
        lines.append(again)
    lines.append(f"To go on: {_continue(config, folder, ending, python)}")
    if ending is Ending.SIGNAL and best is not None and not python:
        lines.append(f"To test the best weights so far: crossent test {in_shell(folder)}")
    return "\n".join(lines)


def _continue(config: FitConfig, folder: Path, ending: Ending, python: bool) -> str:
    changed: tuple[str, str | int] | None = None
    if ending is Ending.PATIENCE and config.stop.patience is not None:
        patience = Interval.parse(config.stop.patience)
        changed = "patience", f"{2 * patience.length}{patience.unit}"
    elif ending is Ending.STEPS and config.steps is not None:
        changed = "steps", 2 * config.steps
    elif ending is Ending.TIME and config.time_limit is not None:
        changed = "time_limit", config.time_limit
    elif ending is Ending.EPOCHS:
        changed = "epochs", 2 * config.passes
    if python:
        more = f", {changed[0]}={changed[1]!r}" if changed else ""
        return f"crossent.train.fit(model, data, resume={str(folder)!r}{more})"
    return f"crossent fit --resume {in_shell(folder)}" + (f" --{changed[0]} {changed[1]}" if changed else "")


def _name(number: int | None) -> str:
    return "Ctrl-C" if number in (None, signal.SIGINT) else signal.Signals(number).name
