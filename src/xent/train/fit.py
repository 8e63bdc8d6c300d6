"""The way of a run: data, model, epochs, the best weights back from disk, the test, the report."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

import torch
from lightning_fabric import Fabric
from rich.console import Console
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

import xent

from ..core.files import write_text
from .callbacks import Checkpoint, EarlyStopping, EpochRow, History
from .config import FitConfig, to_yaml
from .data import load
from .data.batches import batch_count, epoch_seed, shuffled_batches
from .data.labelled import LabelledImages
from .data.split import stratified_split
from .device import cpu_threads, start_fabric
from .evaluate import Evaluation, evaluate
from .folder import new_folder
from .interrupt import noticing_interrupt
from .meter import Means, Meter
from .models.cnn import SmallCNN
from .report.console import Display
from .report.files import write_report
from .report.text import closing_text
from .result import Ending, FitResult
from .task import Classification


class TrainingError(RuntimeError):
    """A run that cannot go on; the text says where it stands and what to try."""


def fit(config: FitConfig, console: Console | None = None) -> FitResult:
    """Train, keep the best weights, test them once, and write everything into a new folder.

    Each epoch passes once over the training images and measures the validation images. The weights with the lowest
    validation loss are written to disk; when the epochs are over they are read back, must give the recorded
    validation loss again, and are tested. Ctrl-C ends the epochs early and leaves the rest as it is.

    Sets torch's global random seed: with the same settings a CPU gives the same numbers again.

    Args:
        config: the settings.
        console: where the lines go; stdout by default, nowhere with `Console(quiet=True)`.

    Raises:
        SettingError: the device or the precision does not exist here, or the split would leave a part of the images
            without one of the classes.
        TrainingError: the validation loss is not finite, or the best weights do not give their loss again.
    """
    with cpu_threads(config.threads):
        return _Run(config, Display(console)).run()


@dataclass
class _Parts:
    train: LabelledImages
    val: LabelledImages
    test: LabelledImages


class _Run:
    """One run: what its steps share."""

    def __init__(self, config: FitConfig, display: Display) -> None:
        self.config = config
        self.display = display
        self.fabric: Fabric = start_fabric(config)
        self.parts = _load_parts(config, self.fabric.device)

        torch.manual_seed(config.seed)
        channels, height, width = self.parts.train.images.shape[1:]
        # The bare model: what is saved has no trace of Fabric's wrapping.
        self.model = SmallCNN(channels, height, width, classes=len(self.parts.train.classes))
        algorithm = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.optimizer]
        optimizer = algorithm(self.model.parameters(), lr=config.lr, weight_decay=config.weight_decay)
        wrapped, self.optimizer = self.fabric.setup(self.model, optimizer)
        self.scheduler = ReduceLROnPlateau(
            optimizer, mode="min", factor=config.lr_factor, patience=config.lr_patience_epochs
        )
        self.task = _task(wrapped, config)

        started = datetime.now().strftime("%Y%m%d-%H%M%S")
        self.folder = new_folder(Path(config.out), config.name or f"{config.source}-{started}")
        self.stopping = EarlyStopping(config.patience_epochs)
        self.history = History(self.folder / "history.csv")
        self.best = Checkpoint(self.folder / "best.safetensors")
        self.last = Checkpoint(self.folder / "last.safetensors")

    def run(self) -> FitResult:
        write_text(self.folder / "config.yaml", to_yaml(self.config))
        self._announce()
        with noticing_interrupt() as interrupted, self.display.epochs():
            ending = self._epochs(interrupted)
        best = next((row for row in self.history.rows if row.epoch == self.stopping.best_epoch), None)
        test = None if best is None else self._test(best)
        result = FitResult(self.folder, self.parts.test.classes, ending, self.history.rows, best, test)
        write_report(result, self.config)
        self.display.line("\n" + closing_text(result, self.config))
        self.display.line(f"\nFiles in {self.folder}: " + ", ".join(sorted(f.name for f in self.folder.iterdir())))
        return result

    def _announce(self) -> None:
        parts = self.parts
        total = len(parts.train) + len(parts.val) + len(parts.test)
        channels, height, width = parts.train.images.shape[1:]
        parameters = sum(parameter.numel() for parameter in self.model.parameters())
        self.display.line(
            f"{self.config.source}: {total:,} images ({channels}x{height}x{width}) of {len(parts.train.classes)} "
            f"classes: {len(parts.train):,} to train, {len(parts.val):,} to validate, {len(parts.test):,} to test\n"
            f"{type(self.model).__name__} with {parameters:,} parameters on {self.fabric.device}, "
            f"{self.config.precision}; Ctrl-C stops and tests the best weights so far\n"
        )

    def _epochs(self, interrupted: Event) -> Ending:
        for epoch in range(1, self.config.epochs + 1):
            start = time.perf_counter()
            lr = self.optimizer.param_groups[0]["lr"]
            train = self._train_epoch(epoch, interrupted)
            if train is None:
                return Ending.INTERRUPT
            val = evaluate(self.task, self.parts.val, self.config.batch_size)
            best = self.stopping.update(epoch, val.loss)
            seconds = time.perf_counter() - start
            self._keep(EpochRow(epoch, *train, val.loss, val.accuracy, lr, seconds, best))
            self.scheduler.step(val.loss)
            if self.stopping.exhausted(epoch):
                return Ending.PATIENCE
        return Ending.EPOCHS

    def _train_epoch(self, epoch: int, interrupted: Event) -> Means | None:
        """One pass over the training images; None if Ctrl-C cut it short."""
        config, data = self.config, self.parts.train
        seed = epoch_seed(config.seed, epoch)
        # The dropout of an epoch depends on its number alone, like the order of its images.
        torch.manual_seed(seed)
        self.display.start_epoch(epoch, config.epochs, batch_count(data, config.batch_size))
        meter = Meter(self.fabric.device)
        for images, labels in shuffled_batches(data, config.batch_size, seed):
            if interrupted.is_set():
                return None
            step = self.task(images, labels)
            self.optimizer.zero_grad()
            self.fabric.backward(step.mean())
            self.optimizer.step()
            meter.add(step)
            self.display.batch_done()
        return meter.means()

    def _keep(self, row: EpochRow) -> None:
        if row.best:
            self.best.save(self.model, row.epoch, row.val_loss)
        self.last.save(self.model, row.epoch, row.val_loss)
        self.history.add(row)
        self.display.epoch_done(row)
        if not math.isfinite(row.val_loss):
            kept = (
                f"The weights of epoch {self.stopping.best_epoch} are kept in {self.best.path}."
                if self.stopping.best_epoch
                else "No epoch before it had a finite one, so no weights are kept as best."
            )
            raise TrainingError(
                f"the validation loss of epoch {row.epoch} is {row.val_loss} (training loss {row.train_loss:.4g}): "
                f"the training has diverged. Try a smaller learning rate, for example --lr {min(row.lr / 10, 1e-3):g}, "
                f"or --precision 32-true if it is another now, and look for NaN in the images. {kept}"
            )

    def _test(self, best: EpochRow) -> Evaluation:
        """The test figures of the best weights, read back from disk and checked against their validation loss."""
        self.best.load(self.model)
        again = evaluate(self.task, self.parts.val, self.config.batch_size).loss
        # Equal on a CPU; a GPU may sum in another order.
        if not math.isclose(again, best.val_loss, rel_tol=1e-4, abs_tol=1e-6):
            raise TrainingError(
                f"{self.best.path} was written in epoch {best.epoch} with validation loss {best.val_loss:.6g}, but "
                f"read back it gives {again:.6g}. Did another program write to this folder? The test was not run."
            )
        return evaluate(self.task, self.parts.test, self.config.batch_size)


def _load_parts(config: FitConfig, device: torch.device) -> _Parts:
    data = load(config.source)
    split = stratified_split(data.labels, config.val_fraction, config.test_fraction, config.seed)
    return _Parts(*(data.take(rows).to(device) for rows in split))


def _task(model: nn.Module, config: FitConfig) -> Classification:
    criterion = xent.CrossEntropyLoss(reduction="sum", label_smoothing=config.label_smoothing, return_stats=True)
    return Classification(model, criterion)
