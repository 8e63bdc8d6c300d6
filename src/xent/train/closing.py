"""The last lines of a training: why it stopped, where the best was, how to go on."""

from __future__ import annotations

import signal
from pathlib import Path

from .config import FitConfig
from .history import Row
from .interval import Interval
from .loop import Ending


def closing(
    config: FitConfig, folder: Path, ending: Ending, step: int, steps_per_epoch: int, best: Row | None, by: int | None
) -> str:
    """The sentences, a line each."""
    where = f"after step {step:,}" + (f" (epoch {step / steps_per_epoch:.4g})" if steps_per_epoch else "")
    monitor = config.stop.monitor
    if ending is Ending.SIGNAL:
        lines = [f"Stopped by {_name(by)} {where}; saved in {folder / 'last'}."]
    elif ending is Ending.PATIENCE:
        patience = Interval.parse(config.stop.patience or "0steps")
        by_more = f" by more than {config.stop.min_delta:g}" if config.stop.min_delta else ""
        lines = [f"Stopped {where}: {monitor} has not improved{by_more} for {patience} (early stopping)."]
    elif ending is Ending.STEPS:
        lines = [f"Stopped {where}: all {config.steps:,} steps are done."]
    else:
        lines = [f"Stopped {where}: all {config.epochs:,} epochs are done."]
    if best is not None:
        ago = step - best.step
        when = f"{ago:,} steps before the end" if ago else "the last one"
        lines.append(f"The best {monitor} was {best.figures[monitor]:.4f}, at step {best.step:,}, {when}.")
    lines.append(f"To go on: {_continue(config, folder, ending)}")
    if ending is Ending.SIGNAL and best is not None:
        lines.append(f"To test the best weights so far: xent test {folder}")
    return "\n".join(lines)


def _continue(config: FitConfig, folder: Path, ending: Ending) -> str:
    command = f"xent fit --resume {folder}"
    if ending is Ending.PATIENCE and config.stop.patience is not None:
        patience = Interval.parse(config.stop.patience)
        return f"{command} --stop.patience {2 * patience.length}{patience.unit}"
    if ending is Ending.STEPS and config.steps is not None:
        return f"{command} --steps {2 * config.steps}"
    if ending is Ending.EPOCHS:
        return f"{command} --epochs {2 * config.epochs}"
    return command


def _name(number: int | None) -> str:
    return "Ctrl-C" if number in (None, signal.SIGINT) else signal.Signals(number).name
