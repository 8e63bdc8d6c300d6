"""The way of a run: data, model, steps, the best weights back from disk, the test, the report."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from ...wording import language_of, speaking
from ..config.fit import FitConfig
from ..display.loggers import KILLED, check_loggers, make_loggers
from ..display.progress import Display
from ..errors import TrainingError
from ..evaluation.baseline import expected_seconds
from ..evaluation.outputs import Outputs, PixelOutputs
from ..evaluation.passes import collect, quick
from ..inference.predict_file import write_part
from ..inference.run import Run
from ..report.findings import Report
from ..report.finish import finish
from ..runtime.device import Engine, start_fabric
from ..runtime.interrupt import Wish, noticing_signals
from ..runtime.launch import Word
from ..runtime.limit import TimeLimit
from ..runtime.threads import cpu_threads
from ..state.checkpoint import CheckpointError, Checkpoints, read, using
from ..state.folder import RunFolder, flat
from ..state.history import History, Row
from ..state.lock import locked
from ..state.manifest import REFIT, forget
from ..state.packing import load_model_tensors
from .activations import first_output_watched
from .closing import closing
from .explaining import explaining, nothing_kept, reading_data
from .loop import Ending, Loop
from .lr_finder import find_lr
from .preparing import Source, load_data, named, prepare
from .refit import refit, worthwhile


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        folder: where its files lie.
        ending: why the steps ended.
        rows: the history.
        best: the evaluation whose weights were tested; None where there is none.
        signal: the number of the signal that stopped it, if one did.
    """

    folder: Path
    ending: Ending
    rows: list[Row]
    best: Row | None
    signal: int | None = None


def train_one(
    config: FitConfig,
    source: Source,
    folder: RunFolder | None = None,
    console: Console | None = None,
    began: float | None = None,
) -> Outcome:
    """Train one model.

    Args:
        config: the settings.
        source: what was given from Python.
        folder: of the run that goes on; None for a new run.
        console: where the lines go.
        began: when, by `time.monotonic`; by default now.
    """
    began = time.monotonic() if began is None else began
    with speaking(language_of(config.lang)), cpu_threads(config.threads):
        with explaining():
            made = Fit(config, source, folder, console)
        path = made.folder.path
        with explaining(path), locked(path, made.world), noticing_signals() as wish:
            wish.limit = made.limit(began)
            loop = made.start(wish)
            with loop.loggers:
                with first_output_watched(made.training.bare, made.training.task, made.display.line):
                    ending = loop.run()
                return made.end(loop, ending)


class Fit:
    """One run: what its parts share.

    Args:
        config: the settings.
        source: what was given from Python.
        folder: of the run that goes on; None for a new run.
        console: where the lines go.
    """

    def __init__(
        self, config: FitConfig, source: Source, folder: RunFolder | None = None, console: Console | None = None
    ) -> None:
        check_loggers(config.logger)
        self.engine = Engine(start_fabric(config))
        self.world = self.engine.world
        self.display = Display(console, quiet=self.world.rank > 0)
        self.resumed = folder is not None
        self.given, self.from_python = source.model, source.data is not None
        self.python = self.given is not None or self.from_python
        if folder is not None:
            folder.check_source(*source)
        with reading_data():
            self.data = load_data(config, source, folder, self.world)
        self.display.line(self.data.census.to_text())
        self.training = prepare(named(config, self.data.schema), self.engine, self.data, self.given, folder)
        self.config = self.training.config
        for note in self.training.notes:
            self.display.line(note)
        self.folder = folder or RunFolder.new(self.config, self.world)
        self.checkpoints = Checkpoints(self.folder.path)

    def limit(self, began: float) -> TimeLimit | None:
        """When the steps must end, of a run that has a time limit."""
        if self.config.time_limit is None:
            return None
        expected = expected_seconds(self.training.task, self.data.schema, self.data.train)
        # The last evaluation, the check of the best weights and the test; a row without gradients costs a third.
        passes = (2 * len(self.data.val) + len(self.data.test)) / self.config.batch / 3
        return TimeLimit.of(self.config.time_limit, began, expected=expected, passes=passes)

    def start(self, wish: Wish) -> Loop:
        """The loop, at the first step or where the run was; what is known before it is written."""
        first, path = self.world.rank == 0, self.folder.path
        history = History(path / "history.csv" if first else None)
        self.world.first(self._write_start)
        if first and (word := Word.here()) is not None:
            word.leave("folder", path)
        names = self.config.logger if first else "none"
        loggers = make_loggers(names, path, flat(self.config), self.display.line)
        loop = Loop(self.training, self.checkpoints, history, self.display, loggers, wish)
        self._begin(loop)
        self.display.line(self._announcement(loop))
        return loop

    def _write_start(self) -> None:
        # What a run that was killed has left half done is done now.
        self.checkpoints.recover()
        if not self.folder.begun:
            backbone = getattr(self.training.bare, "backbone", None)
            self.folder.write_start(self.config, self.data, self.given, self.from_python, backbone)

    def _begin(self, loop: Loop) -> None:
        """Take up where the run was, or find out how to start."""
        checkpoint, complaint = self.checkpoints.load_last() if self.resumed else (None, "")
        if complaint:
            self.display.line(
                f"{complaint}. Going on from the checkpoint before it, in {checkpoint and checkpoint.folder}"
            )
        if checkpoint is not None:
            with using(checkpoint):
                loop.resume(checkpoint.model, checkpoint.state)
            self.world.first(lambda: self.folder.write_changes(self.config))
            self._complete_best(loop)
        elif self.config.lr == "auto":
            found = find_lr(self.training)
            self.training.schedule.lr = found.lr
            self.display.line(f"--lr auto: {found.lr:g}, from a range test of {len(found.points)} steps")

    def _complete_best(self, loop: Loop) -> None:
        """Write best/ if the run ended between the two checkpoints of its best evaluation."""
        best_at = self.training.stopping.best_at
        if best_at.step == loop.step and best_at.step and not self._best_is_of(loop.step):
            loop.save_best()

    def _best_is_of(self, step: int) -> bool:
        def step_of_best() -> int | None:
            best = self.checkpoints.load_best()
            if best is None:
                return None
            with using(best):
                return int(best.state["step"])

        try:
            return self.world.first(step_of_best) == step
        except CheckpointError:
            return False

    def _announcement(self, loop: Loop) -> str:
        training = self.training
        parameters = sum(parameter.numel() for parameter in training.bare.parameters())
        devices = f"{self.world.size} x {self.engine.device.type}" if self.world.size > 1 else str(self.engine.device)
        start = f"; going on after step {loop.step:,}" if loop.step else ""
        name = type(training.bare).__name__.removeprefix("FSDP")
        return (
            f"{name} with {parameters:,} parameters on {devices}, {self.config.precision}, "
            f"{training.feed.steps_per_epoch:,} steps per epoch{start}\n"
            f"In {self.folder.path}; Ctrl-C saves and stops\n"
        )

    def end(self, loop: Loop, ending: Ending) -> Outcome:
        """Say how it ended, and test the best weights unless a signal ended it."""
        training = self.training
        rows = self.world.same(loop.history.rows)
        best = next((row for row in rows if row.step == training.stopping.best_at.step), None)
        per_epoch = training.feed.steps_per_epoch
        validation, again = None, None
        if ending is not Ending.SIGNAL:
            self._read_best(best)
            self.world.first(self._drop_refit)
            # Before a second model has learnt from them.
            validation = collect(training.task, training.model, self.data.val, training.eval_batch, self.world)
            before = [row for row in rows if best is not None and row.step <= best.step]
            if self.world.same(worthwhile(self.config, self.data, self.given, ending, loop.wish, before)):
                again = self._refit(loop, before)
                if again is None and loop.signalled():
                    ending = Ending.SIGNAL
        text = closing(
            self.config, self.folder.path, ending, loop.step, per_epoch, best, again, loop.wish.signal, self.python
        )
        if ending is Ending.SIGNAL:
            loop.loggers.status = KILLED
            self.display.line("\n" + text)
        else:
            report = self._test(text, loop.wish.limit, validation)
            files = [self.folder.path / name for name in report.files if name != "predictions.csv"]
            loop.loggers.finish(report.figures, files)
            if loop.wish.signal is not None:
                self.display.line(f"{loop.wish.name} came at the end; everything is written")
        return Outcome(self.folder.path, ending, rows, best, loop.wish.signal)

    def _read_best(self, best: Row | None) -> None:
        """Read the best weights back, and see that they are those."""
        training, config = self.training, self.config
        stored = self.checkpoints.load_best()
        if best is None or stored is None:
            raise nothing_kept(config)
        load_model_tensors(training.bare, stored.model)
        again = quick(training.task, training.model, training.val, training.eval_batch, self.world).loss
        with using(stored):
            expected = float(stored.state["val_loss"])
        # Equal on a CPU; a GPU may sum in another order.
        if not math.isclose(again, expected, rel_tol=1e-4, abs_tol=1e-6):
            raise TrainingError(
                f"{self.checkpoints.best} was written after step {best.step:,} with a validation loss of "
                f"{expected:.6g}, but read back it gives {again:.6g}. Did another program write to this folder? "
                "The test was not run"
            )

    def _drop_refit(self) -> None:
        """Forget the second training of an earlier end of this run."""
        forget(self.folder.path, [REFIT])
        self.checkpoints.drop_refit()

    def _refit(self, loop: Loop, rows: list[Row]) -> str | None:
        """Train a second time, and go on with that model; what is to be said of it, or None if there is none."""
        again = refit(self.training, self.data, rows, loop.wish, self.display)
        if again is None:
            return None
        self.training = again.training
        with self.training.averaged():
            state = {"step": again.steps, "epoch": again.epochs}
            loop.written(self.checkpoints.save_refit, self.training.weights(), state)
        load_model_tensors(self.training.bare, read(self.checkpoints.refit).model)
        return again.text

    def _test(self, text: str, limit: TimeLimit | None, validation: Outputs | PixelOutputs | None) -> Report:
        """Test the model, and write the report; `validation`: what the first model made of the validation rows."""
        training = self.training
        report = finish(
            self.folder.path,
            training.task,
            training.model,
            self.data,
            closing=text,
            validation=validation,
            batch_size=training.eval_batch,
            world=self.world,
            spare=None if limit is None else limit.left,
        )
        self.display.line("\n" + report.text if report.text else "")
        self._predict_unlabelled()
        self.display.line(f"Files in {self.folder.path}: {', '.join(sorted(self.folder.names()))}")
        return report

    def _predict_unlabelled(self) -> None:
        """Predict the rows of a test part that came without labels."""
        data = getattr(self.data, "unlabelled", None)
        if data is None:
            return
        run, folder = Run(self.folder.path, model=self.training.bare), self.folder.path
        if not self.engine.sharded:
            self.world.first(lambda: write_part(run, data, folder))
            return
        # All processes take part in each step of a model in shards; what the first one writes counts.
        with TemporaryDirectory() as elsewhere:
            write_part(run, data, folder if self.world.rank == 0 else Path(elsewhere))
