"""The ways into a training: one run, or one per fold."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from torch import nn

from ...wording import language_of, speaking
from ..config.fit import FitConfig
from ..config.names import configured
from ..inference.loading import load_run
from ..inference.run import Run
from ..runtime.launch import Word, check_started, together
from ..state.folder import RunFolder, flat, read_config_file
from .fit import Outcome, train_one
from .folds import run_folds
from .preparing import Source


def fit(
    model: nn.Module | str | None = None,
    data: Any = None,
    *,
    config: FitConfig | None = None,
    resume: str | Path | None = None,
    trust_code: bool = False,
    console: Console | None = None,
    **settings: Any,
) -> Run:
    """Train a classifier, keep the best weights, test them once, and write everything into a folder.

    The weights with the best validation figure are written to disk; when the steps are over they are read back, must
    give that figure again, and are tested. Ctrl-C and SIGTERM save the state and end the run; `resume` goes on from it
    and ends with the same weights as a run that was never stopped.

    Sets the global random seeds: with the same settings a CPU gives the same numbers again.

    Args:
        model: an `nn.Module`, or the name of one of ours; by default the one that suits the data.
        data: the name of a source as for `crossent fit`; or (inputs, targets) as tensors or arrays; or a dict with
            "train" and, where they are apart, "val" and "test": such pairs, torch Datasets, or DataLoaders.
        config: settings to start from.
        resume: the folder of a run to go on with, whose settings are taken; only some may be changed.
        trust_code: let the folder of `resume` name a model by an import path, which is imported and run.
        console: where the lines go; stdout by default, nowhere with `Console(quiet=True)`.
        settings: any setting of `crossent fit` by name: `lr=0.1`, `optimizer="sgd"`, `stop={"patience": "5epochs"}`.

    Returns:
        The finished run, which predicts.

    Raises:
        SettingError: a setting that there is not, or whose value does not fit the data, the device or the task.
        DataError: the data cannot be used.
        TrainingError: a loss is not finite, a checkpoint cannot be written, or the best weights do not give their
            figure again.

    Example::

        >>> import tempfile, torch, crossent.train
        >>> x = torch.randn(300, 4, generator=torch.Generator().manual_seed(0))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     data = (x, (x[:, 0] > 0).long())
        ...     run = crossent.train.fit("mlp", data, epochs=5, out=folder, console=Console(quiet=True))
        ...     run.history[-1]["val_accuracy"] > 0.8
        True
    """
    outcome = run(model, data, config=config, resume=resume, trust_code=trust_code, console=console, **settings)
    # What it names has just been run.
    named = model if isinstance(model, nn.Module) else _named_by(outcome.folder)["model.name"]
    return load_run(outcome.folder, named, trust_code=True)


def run(
    model: nn.Module | str | None = None,
    data: Any = None,
    *,
    config: FitConfig | None = None,
    resume: str | Path | None = None,
    trust_code: bool = False,
    console: Console | None = None,
    began: float | None = None,
    **settings: Any,
) -> Outcome:
    """Train as `fit` does; returns how it ended. `began`: when, by `time.monotonic`; by default now."""
    folder, changes, word = None, None, Word.here()
    if word is not None and resume is None and (begun := word.find("folder")) is not None:
        # A process of it has died, and all have been started again.
        resume, config, settings = begun, None, _named_by(begun)
        model = model if isinstance(model, nn.Module) else None
    if resume is not None:
        typed = {"model.name": model} if isinstance(model, str) else {}
        changes = {**settings, **typed}
        folder, config = RunFolder.existing(Path(resume), config, changes, trust_code)
    else:
        config = configured(config or FitConfig(), settings)
        if isinstance(model, str):
            config = replace(config, model=replace(config.model, name=model))
    if isinstance(data, (str, Path)):
        config = replace(config, data=replace(config.data, source=str(data)))
    module = model if isinstance(model, nn.Module) else None
    source = Source(module, None if isinstance(data, (str, Path)) else data)
    if word is None:
        check_started(config.devices, config.nodes)
    with speaking(language_of(config.lang)):
        if config.folds is not None:
            return run_folds(config, source, folder, changes, console, began)
        one = partial(train_one, config, source, folder, console, began)
        return together(one, config.devices, config.nodes, config.max_restarts)


def _named_by(folder: Path) -> dict[str, Any]:
    """Names in a run's settings of what is outside of its folder, as the user has typed them."""
    settings = flat(read_config_file(folder / "config.yaml"))
    return {name: settings[name] for name in ("model.name", "data.source", "data.val", "data.test")}
