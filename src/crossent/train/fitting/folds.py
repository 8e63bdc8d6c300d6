"""A cross-validation: one run after the other, each tested on another part of the rows; then all of them together."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch
from rich.console import Console

from ...files import write_text
from ...printable import in_shell, storable
from ...wording import language_of, say, speaking
from ..config.fit import FitConfig, SettingError
from ..config.interval import seconds
from ..config.names import is_code
from ..data.dataset import Dataset
from ..display.progress import Display, silent
from ..evaluation.outputs import Outputs, PixelOutputs
from ..evaluation.scores import scores
from ..evaluation.worst import worst
from ..inference.folded import FoldedRun, fold_folders, side_by_side
from ..inference.parts import read_schema
from ..inference.predict_file import write_part
from ..report.findings import Report
from ..report.finish import write
from ..report.summary import figure, title
from ..runtime.distributed import World
from ..state.folder import RunFolder
from ..state.lock import locked
from ..state.manifest import AT_END, read_json, record
from ..tasks.registry import task_class
from .fit import Outcome, train_one
from .preparing import Source, load_data
from .stopping import Ending

# Of a time limit, the seconds and the share that are kept for what the folds find together.
_REPORT, _SHARE = 2.0, 0.05
_FOLDS = "folds.json"


def run_folds(
    config: FitConfig,
    source: Source,
    folder: RunFolder | None = None,
    changes: dict[str, Any] | None = None,
    console: Console | None = None,
    began: float | None = None,
) -> Outcome:
    """Train `config.folds` models and report them together.

    Args:
        config: the settings of all.
        source: what was given from Python; a model is copied for each fold.
        folder: of a cross-validation that goes on.
        changes: the settings that it goes on with; without any, folds that have come to their end are left as they are.
        console: where the lines go.
        began: when, by `time.monotonic`.

    Raises:
        SettingError: there are too few rows, or the data say themselves which rows test.
    """
    began = time.monotonic() if began is None else began
    count = config.folds or 0
    if config.devices * config.nodes > 1:
        raise SettingError("devices", "1 beside folds, whose models are trained one after the other", config.devices, 1)
    if config.max_restarts:
        raise SettingError("max_restarts", "0 beside folds, which go on with --resume", config.max_restarts, 0)
    source = Source(source.model, list(source.data) if isinstance(source.data, Iterator) else source.data)
    display = Display(console)
    with speaking(language_of(config.lang)):
        if folder is None:
            started = datetime.now().strftime("%Y%m%d-%H%M%S")
            name = config.name or f"{storable(Path(config.data.source).stem) or 'run'}-{started}"
            # The first fold says what does not fit before a folder is made.
            load_data(_of_fold(config, 1), source)
            folder = RunFolder.new(replace(config, name=name), World())
        folder.write_config(config)
        with locked(folder.path, World()):
            for number, path in enumerate(fold_folders(folder.path, count), 1):
                limited = _within(config, began, count - number + 1)
                outcome = _one(limited, number, path, source, changes)
                if outcome is not None and outcome.signal is not None:
                    display.line(
                        f"Stopped in fold {number} of {count}. To go on: crossent fit --resume {in_shell(folder.path)}"
                    )
                    return Outcome(folder.path, Ending.SIGNAL, [], None, outcome.signal)
                display.line(_line(path, number, count))
            report = _together(config, folder.path, source)
    display.line("\n" + report.text)
    display.line(f"Files in {folder.path}: {', '.join(sorted(folder.names()))}")
    return Outcome(folder.path, Ending.EPOCHS, [], None)


def _of_fold(config: FitConfig, number: int) -> FitConfig:
    """The settings of one of the runs."""
    return replace(config, folds=None, data=replace(config.data, fold=f"{number}/{config.folds}"))


def _within(config: FitConfig, began: float, left: int) -> FitConfig:
    """The settings with the share of the time that is left for one fold of so many."""
    if config.time_limit is None:
        return config
    whole = seconds(config.time_limit)
    rest = whole - _REPORT - _SHARE * whole - (time.monotonic() - began)
    return replace(config, time_limit=f"{max(rest / left, 0.1):.3f}s")


def _one(config: FitConfig, number: int, path: Path, source: Source, changes: dict[str, Any] | None) -> Outcome | None:
    """Train one fold, go on with it, or leave it as it is: None."""
    own = Source(deepcopy(source.model), source.data)
    if (path / "config.yaml").exists():
        if (path / "metrics.json").exists() and not changes:
            return None
        limit = {} if config.time_limit is None else {"time_limit": config.time_limit}
        typed = {"model.name": config.model.name} if is_code(config.model.name) else {}
        folder, before = RunFolder.existing(path, None, {**(changes or {}), **limit, **typed}, trust_code=True)
        return train_one(before, own, folder, silent())
    if path.exists():
        # Of a run that was killed before it had written its settings.
        shutil.rmtree(path)
    return train_one(replace(_of_fold(config, number), out=str(path.parent), name=path.name), own, None, silent())


def _line(path: Path, number: int, count: int) -> str:
    """The figures of one fold."""
    found = _figures(read_json(path / "metrics.json").get("scores", {}))
    names = [name for name in task_class(read_schema(path).task).headline if name in found]
    shown = ", ".join(f"{title(name)} {figure(name, found[name])}" for name in names)
    return say(f"Fold {number} of {count}: {shown}; in {path}")


def _figures(found: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in found.get("figures", {}).items() if value is not None}


def _together(config: FitConfig, folder: Path, source: Source) -> Report:
    """Put the test parts of all folds together, each predicted by the model that has not learnt from it, and write
    their report."""
    folded = FoldedRun(folder, model=source.model, consent=frozenset([True, config.model.name]))
    outputs: list[Any] = []
    parts: list[Dataset] = []
    unlabelled: list[Dataset] = []
    for number, each in enumerate(folded.runs, 1):
        data = load_data(_of_fold(config, number), source, RunFolder(each.folder, frozenset([True])))
        outputs.append(each.collect(data.test))
        parts.append(data.test)
        unlabelled += [] if data.unlabelled is None else [data.unlabelled]
    whole = joined(outputs)
    report = Report(folded.task, split="out-of-fold", scores=scores(whole), worst=worst(whole))
    figures = [_figures(scores(part).to_json()) for part in outputs]
    names = [name for name in figures[0] if all(name in each for each in figures)]
    means = {name: mean(each[name] for each in figures) for name in names}
    deviations = {name: stdev(each[name] for each in figures) for name in names}
    shown = [name for name in folded.task.headline if name in names]
    said = ", ".join(f"{title(name)} {figure(name, means[name])} ± {figure(name, deviations[name])}" for name in shown)
    report.closing = f"{len(figures)} folds, mean ± standard deviation: {said}."
    found = {"folds": figures, "mean": means, "deviation": deviations}
    write_text(folder / _FOLDS, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    write(folder, report, _Joined(parts), folded.schema, whole)
    record(folder, AT_END)
    if unlabelled:
        write_part(folded, side_by_side(unlabelled), folder)
    return report


def joined(outputs: list[Any]) -> Outputs | PixelOutputs:
    """Outputs of several parts as those of one, in the order of the parts."""
    first = outputs[0]
    divisor = sum(part.divisor for part in outputs)
    total = sum(part.loss * part.divisor for part in outputs if part.divisor)
    shared = {
        "ids": [name for part in outputs for name in part.ids],
        "loss": total / divisor if divisor else float("nan"),
        "divisor": divisor,
    }
    names = ["losses", "logits", "targets"]
    if isinstance(first, Outputs) and first.weights is not None:
        names.append("weights")
    if isinstance(first, PixelOutputs):
        names += ["accuracies", "ious"]
        shared["confusion"] = sum(part.confusion for part in outputs)
    parts = {name: torch.cat([getattr(part, name) for part in outputs]) for name in names}
    whole: Outputs | PixelOutputs = replace(first, **shared, **parts)
    return whole


class _Joined:
    """Parts of the data one after the other, as a report looks at them."""

    def __init__(self, parts: list[Dataset]) -> None:
        self._places = [(part, row) for part in parts for row in range(len(part))]

    def __len__(self) -> int:
        return len(self._places)

    def show(self, row: int) -> Any:
        """A row as people look at it."""
        part, own = self._places[row]
        return part.show(own)
