"""A finished run: its settings, its best weights, and what can be done with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..config.fit import FitConfig
from ..data import Data, load
from ..data import read as read_source
from ..data.dataset import Dataset
from ..data.loading import ready
from ..data.records.base import Records
from ..data.schema import Schema, check_types
from ..errors import RunError as RunError
from ..evaluation.outputs import Outputs, PixelOutputs
from ..evaluation.passes import collect, device_of
from ..evaluation.scores import Scores, scores
from ..evaluation.thresholds import Threshold
from ..state.folder import read_config_file
from ..state.history import read_rows
from ..state.manifest import read_json
from ..state.origin import begun, located, same_data
from ..tasks.base import Task
from .parts import build_model, load_weights, read_schema, weights_folder
from .predict import Decision, Predictions, predict

if TYPE_CHECKING:
    from ..report.findings import Report

_BATCH = 256
SPLITS = ("train", "val", "test")


class Run:
    """A run in its folder. What it holds is read when it is first asked for.

    Args:
        folder: as `crossent fit` has written it.
        model: with the best weights, where it is already in memory; else it is built from the folder.
        consent: the import path of a model that may run although a file names it, or True for whatever it names.
        report: of the end of the training, where it is already in memory.

    Example::

        >>> from tempfile import TemporaryDirectory
        >>> from rich.console import Console
        >>> from crossent.train import fit
        >>> with TemporaryDirectory() as out:
        ...     run = fit(data="wine", epochs=5, out=out, console=Console(quiet=True))
        ...     run.schema.task, run.predict("wine").labels[0]
        ('multiclass', 'class_0')
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        model: nn.Module | None = None,
        consent: frozenset[object] = frozenset(),
        report: Report | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.report = report
        self._given, self._consent = model, consent

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @cached_property
    def config(self) -> FitConfig:
        """The settings it was trained with."""
        return read_config_file(self.folder / "config.yaml")

    @cached_property
    def schema(self) -> Schema:
        """How its inputs are read, and its classes."""
        return read_schema(self.folder)

    @property
    def runs(self) -> list[Run]:
        """The runs whose models predict: this one."""
        return [self]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.schema.classes

    @property
    def history(self) -> list[dict[str, float]]:
        """One row per evaluation, as in history.csv, by column."""
        path = self.folder / "history.csv"
        return [row.cells() for row in read_rows(path)] if path.exists() else []

    @property
    def metrics(self) -> dict[str, Any]:
        """metrics.json; nothing if the run has not come to its end."""
        return read_json(self.folder / "metrics.json")

    @property
    def thresholds(self) -> list[Threshold]:
        """Tuned on validation; nothing for a task without them."""
        with self._believed("thresholds.json") as found:
            thresholds = [Threshold(**item) for item in found.get("classes", [])]
            for item in thresholds:
                check_types(item)
            return thresholds

    @property
    def temperature(self) -> float:
        """The divisor of the logits for calibrated probabilities; 1 if none was fitted."""
        with self._believed("calibration.json") as found:
            # Neither 0 nor below it, nor infinite, nor NaN.
            if not 0 < (temperature := float(found.get("temperature", 1.0))) < float("inf"):
                raise ValueError(f"a temperature of {temperature}")
            return temperature

    @contextmanager
    def _believed(self, name: str) -> Iterator[dict[str, Any]]:
        """The content of a JSON file, which may be from anybody: what cannot be used of it is an error."""
        try:
            yield read_json(self.folder / name)
        except (TypeError, ValueError, KeyError, AttributeError, RuntimeError) as error:
            if isinstance(error, RunError):
                raise
            raise RunError(f"{self.folder / name} cannot be used: {error}") from None

    @cached_property
    def model(self) -> nn.Module:
        """The model with its best weights, in eval mode."""
        if self._given is not None:
            return self._given.eval()
        model = build_model(self.folder, self.schema, self._consent)
        load_weights(self.folder, model)
        return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()

    @cached_property
    def task(self) -> Task:
        """The task with the loss it was trained with."""
        task: Task = self.schema.new_task(self.config.loss)
        with self._believed("metrics.json") as found:
            for name in ("weight", "pos_weight"):
                if (value := found.get("criterion", {}).get(name)) is not None:
                    # A number for all classes, or one for each.
                    sizes = ((), (1,), (len(self.schema.classes),))
                    if (weight := torch.tensor(value, dtype=torch.float32)).shape not in sizes:
                        raise ValueError(f"{name} of {tuple(weight.shape)} for {len(self.schema.classes)} classes")
                    setattr(task, name, weight)
        return task.to(device_of(self.model))

    def data(self) -> Data:
        """The data it was trained on, split as then.

        Raises:
            RunError: they came from Python, or are no longer the same.
        """
        if read_json(self.folder / "model.json").get("source") == "python":
            raise RunError(f"{self.folder} was trained on data from Python; give the data to evaluate or predict on")
        where, before = located(self.folder, self.config.data, self._consent), begun(self.folder, self.schema)
        return same_data(self.folder, lambda: load(where, self.config.seed, before))

    def read(self, data: Any, labelled: bool | None = None, query: str | None = None) -> Dataset:
        """A source or Python data, read as the training data were; `query`: of a database."""
        if isinstance(data, Dataset):
            return data
        return read_source(data, self.schema, labelled, replace(self.config.data, query=query))

    def ready(self, records: Records, labelled: bool) -> Dataset:
        """Records as the model reads them, with their labels or without."""
        return ready(records, self.schema, labelled, records.name)

    def evaluate(self, data: Any = None, *, split: str = "test", batch_size: int = _BATCH) -> Scores:
        """All figures on labelled data; by default on the test part of what it was trained on.

        Args:
            data: a source as `crossent fit` takes it, or tensors, tables, texts; labelled.
            split: "train", "val" or "test", where no data are given.
            batch_size: samples at a time.
        """
        own = self if data is not None else self.before(split)
        return scores(own.collect(own.part(data, split), batch_size))

    def before(self, split: str) -> Run:
        """The run as it was when a part of its data was measured: with its first weights for validation rows, from
        which a second training has learnt."""
        if split != "val" or self._given is not None or weights_folder(self.folder).name == "best":
            return self
        model = build_model(self.folder, self.schema, self._consent)
        load_weights(self.folder, model, self.folder / "best")
        return Run(self.folder, model=model.to(device_of(self.model)), consent=self._consent)

    def part(self, data: Any = None, split: str = "test", query: str | None = None) -> Dataset:
        """Labelled data as the model reads them: those given, or a part of what it was trained on."""
        if data is not None:
            return self.read(data, labelled=True, query=query)
        if split not in SPLITS:
            raise RunError(f"split: expected one of {', '.join(SPLITS)}, got {split!r}; write split='test'")
        own: Dataset = getattr(self.data(), split)
        if not len(own):
            raise RunError(f"{self.folder} was trained without labelled {split} data; name the data to use")
        return replace(own, augment=None)

    def collect(self, data: Dataset, batch_size: int = _BATCH) -> Outputs | PixelOutputs:
        """Collect the model's outputs on a data set."""
        return collect(self.task, self.model, data, batch_size)

    def predict(
        self, data: Any, *, threshold: float | str = 0.5, calibrated: bool = False, batch_size: int = _BATCH
    ) -> Predictions:
        """Classes and probabilities of data with or without labels.

        Args:
            data: a source as `crossent fit` takes it, or what `fit` takes from Python, labelled or not; or one sample,
                as a row as a dict, or a picture. For a model of texts a string is a text, and a file a Path.
            threshold: of binary and multi-label tasks: a probability, or "tuned" for those of thresholds.json.
            calibrated: divide the logits by the temperature that was fitted on validation data.
            batch_size: samples at a time.
        """
        how = self.decision(threshold, calibrated)
        part = self.read(self._sample(data), labelled=False)
        found = predict(self.task, self.model, part, how, batch_size)
        return found if part.records is None else replace(found, unknown=tuple(part.records.unknown(self.schema)))

    def predict_proba(self, data: Any, *, calibrated: bool = False, batch_size: int = _BATCH) -> NDArray[np.float64]:
        """The probability of each class, (N, C), in the order of `classes`; of several labels per row, of each.

        Args:
            data, calibrated, batch_size: as of `predict`.
        """
        found = self.predict(data, calibrated=calibrated, batch_size=batch_size)
        if found.probabilities is None:
            raise RunError(
                "the probabilities of each pixel would fill the memory; predict(data).prediction has the classes"
            )
        return self.task.by_class(found.probabilities).numpy()

    def _sample(self, data: Any) -> Any:
        """The data, where a string is a text if the model reads texts."""
        if not isinstance(data, str) or self.schema.kind != "text":
            return data
        if Path(data).exists():
            raise RunError(
                f"{data!r} names a file, and could be a text: write predict(Path({data!r})) for the file, or "
                f"predict([{data!r}]) for the text"
            )
        return [data]

    def export(self, path: Path | str, data: Any = None) -> Path:
        """Write the model as ONNX (model.onnx) or as a torch.export program (model.pt2); see `train.export.export`."""
        self.export_checked(Path(path), data)
        return Path(path)

    def export_checked(self, path: Path, data: Any = None) -> float:
        """The same; returns the largest difference of the file's logits from the model's on real samples."""
        from .export import export

        return export(self, path, data)

    def decision(self, threshold: float | str, calibrated: bool) -> Decision:
        """How classes are decided on and probabilities made."""
        temperature = self.temperature if calibrated else 1.0
        if threshold != 0.5 and not self.task.thresholded:
            raise RunError(
                f"a {self.schema.task} task has no thresholds: it predicts the class with the highest probability; "
                "leave threshold out"
            )
        if threshold == "tuned":
            tuned = self.thresholds
            if not tuned:
                raise RunError(
                    f"{self.folder} has no thresholds.json: its training has not come to its end; write threshold=0.5"
                )
            return Decision(tuple(item.cut for item in tuned), temperature)
        if isinstance(threshold, str) or not 0 < threshold < 1:
            raise RunError(
                f"threshold: expected a number above 0 and below 1, or 'tuned', got {threshold!r}; write 0.5"
            )
        return Decision.at(threshold, temperature)
