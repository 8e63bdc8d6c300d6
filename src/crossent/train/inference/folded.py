"""The models of a cross-validation as one: its probabilities are the means of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy, deepcopy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from ..data.dataset import Dataset
from ..data.inputs import JoinedInputs
from ..data.records.base import Records
from ..data.schema import Schema
from ..errors import RunError
from ..tasks.base import Task
from .parts import load_weights
from .run import Run


class Averaged(nn.Module):
    """Models that each read inputs of their own.

    Args:
        models: M of them.
        tasks: of each, which calls it.
    """

    def __init__(self, models: Sequence[nn.Module], tasks: Sequence[Task]) -> None:
        super().__init__()
        self.models = nn.ModuleList(models)
        self._tasks = tasks

    def forward(self, *inputs: Tensor) -> Tensor:
        """Logits whose probabilities are the means of the models'; of all inputs, each model takes its share."""
        size = len(inputs) // len(self.models)
        shares = (inputs[number * size : (number + 1) * size] for number in range(len(self.models)))
        logits = [task.logits(model, own) for task, model, own in zip(self._tasks, self.models, shares, strict=True)]
        return self._tasks[0].averaged(torch.stack(logits).double())


class FoldedRun(Run):
    """A cross-validation in its folder, that predicts with all of its models.

    Args:
        folder: with one folder of a run per fold.
        model: built as for the training, where it was given as an object.
        consent: as of `Run`.
    """

    def __init__(
        self, folder: Path | str, *, model: nn.Module | None = None, consent: frozenset[object] = frozenset()
    ) -> None:
        super().__init__(folder, consent=consent)
        self._runs = [_loaded(path, model, consent) for path in fold_folders(self.folder, self.config.folds or 0)]

    def __repr__(self) -> str:
        return f"FoldedRun({str(self.folder)!r})"

    @property
    def runs(self) -> list[Run]:
        """The runs of all folds."""
        return self._runs

    @property
    def schema(self) -> Schema:
        """How the first of its models reads inputs, and the classes of all."""
        return self.runs[0].schema

    @property
    def history(self) -> list[dict[str, float]]:
        """Nothing: each fold has a history of its own."""
        return []

    @cached_property
    def task(self) -> Task:
        """The task of the first of its models, whose inputs have no names here."""
        task = copy(self.runs[0].task)
        task.arguments = ()
        return task

    @cached_property
    def model(self) -> nn.Module:
        """All models, in eval mode."""
        return Averaged([run.model for run in self.runs], [run.task for run in self.runs]).eval()

    def data(self) -> NoReturn:
        """Raise: there are no data of its own that none of its models has learnt from."""
        raise RunError(
            f"{self.folder} holds {len(self.runs)} models, which have learnt from all rows of its data between them; "
            f"name other data, or take one of the models: {self.runs[0].folder}"
        )

    def read(self, data: Any, labelled: bool | None = None, query: str | None = None) -> Dataset:
        """A source or Python data, as each of the models reads them, side by side; `query`: of a database."""
        if isinstance(data, Dataset):
            return data
        data = list(data) if isinstance(data, Iterator) else data
        return side_by_side([run.read(data, labelled, query) for run in self.runs])

    def ready(self, records: Records, labelled: bool) -> Dataset:
        """Records as each of the models reads them, side by side."""
        return side_by_side([run.ready(records, labelled) for run in self.runs])

    def export_checked(self, path: Path, data: Any = None) -> NoReturn:
        """Raise: a file reads rows in one way, and each model has its own."""
        raise RunError(
            f"{self.folder} holds {len(self.runs)} models, each with a way of its own to read rows, and a file has one "
            f"way; export one of them: {self.runs[0].folder}"
        )


def side_by_side(parts: Sequence[Dataset]) -> Dataset:
    """The same rows as each of the models reads them, as inputs of all."""
    return replace(parts[0], inputs=JoinedInputs(*(part.inputs for part in parts)))


def fold_folders(folder: Path, folds: int) -> list[Path]:
    """Where the runs of a cross-validation lie."""
    return [folder / f"fold-{number}" for number in range(1, folds + 1)]


def _loaded(path: Path, model: nn.Module | None, consent: frozenset[object]) -> Run:
    if model is None:
        return Run(path, consent=consent)
    own = deepcopy(model)
    load_weights(path, own)
    return Run(path, model=own, consent=consent)
