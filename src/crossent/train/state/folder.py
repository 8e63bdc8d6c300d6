"""The run's folder: a new one for a new run, with everything that a later look or a resumed run needs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from torch import nn

from ...files import check_plain, write_text
from ...printable import in_shell, storable
from ..config.fit import FitConfig, SettingError, rules, to_yaml
from ..config.groups import is_fetched
from ..config.names import configured, consent, flattened, is_code
from ..config.yaml import read_yaml
from ..errors import ModelError, RunError, TrainingError
from ..models.code import check_trusted
from ..runtime.distributed import World
from .checkpoint import Checkpoints
from .manifest import AT_START, read_json, record
from .origin import FILES, PLACES, write_origin, write_places

# What may differ when a run goes on: how long and where it runs, whom it tells, and where its data lie; never what it
# computes.
CHANGEABLE = (
    "epochs",
    "steps",
    "time_limit",
    "stop.patience",
    "save_every",
    "micro_batch_size",
    "accelerator",
    "devices",
    "nodes",
    "max_restarts",
    "strategy",
    "threads",
    "logger",
    "lang",
    *(f"data.{name}" for name in PLACES),
)


class RunFolder:
    """A folder of a run; `consent`: what it names may run or be connected to."""

    def __init__(self, path: Path, consent: frozenset[object] = frozenset()) -> None:
        self.path, self.consent = path, consent

    @classmethod
    def new(cls, config: FitConfig, world: World) -> RunFolder:
        """Make the folder of a new run, in the first process."""
        started = datetime.now().strftime("%Y%m%d-%H%M%S")
        source = storable(Path(config.data.source).stem) or "run"
        return cls(world.first(lambda: new_folder(Path(config.out), config.name or f"{source}-{started}")))

    @classmethod
    def existing(
        cls, path: Path, config: FitConfig | None, settings: dict[str, Any], trust_code: bool = False
    ) -> tuple[RunFolder, FitConfig]:
        """The folder of a run that goes on, and its settings with the changes that it may have.

        Raises:
            SettingError: there is no run, or a setting cannot change in the middle of one.
            RunError: it holds something that is no file, or settings that cannot be read.
            ModelError: its settings name code that the user does not.
        """
        if config is not None:
            raise SettingError("resume", "no other settings than those of the run", "config=…", str(path))
        file = path / "config.yaml"
        if not file.exists():
            raise SettingError("resume", f"the folder of a run, with {file.name} in it", str(path), "runs/first-try")
        try:
            check_plain(path)
        except ValueError as error:
            raise RunError(str(error)) from None
        before = read_config_file(file)
        changes = flattened(settings)
        for name, value in changes.items():
            if name not in CHANGEABLE and value != value_of(before, name):
                started = value_of(before, name)
                expected = f"what the run was started with ({started!r}): only {', '.join(CHANGEABLE)} may change"
                raise SettingError(name, expected, value, started)
        name, allowed = before.model.name, consent(trust_code, changes.values())
        if is_code(name):
            check_trusted(name, file, allowed)
        if is_fetched(name) and not Checkpoints(path).any and not allowed & {True, name}:
            raise ModelError(
                f"{file} says that its training begins with {name}, which would be fetched from the Hugging Face hub. "
                f"If you know it, write --trust-code, or --model {in_shell(name)} (in Python trust_code=True, or "
                f"model={name!r})"
            )
        return cls(path, allowed), configured(before, changes)

    @property
    def begun(self) -> bool:
        """True if what is known before the first step has been written."""
        return (self.path / "split.json").exists()

    def write_start(
        self, config: FitConfig, data: Any, model: nn.Module | None, from_python: bool, backbone: Any = None
    ) -> None:
        """Write what is known before the first step; `model`: one that was given as it is; `backbone`: what a
        pretrained one can be made of again."""
        own = {} if backbone is None else {"backbone": backbone}
        self.write_config(config)
        data.schema.save(self.path / "schema")
        write_text(self.path / "census.json", _json(data.census.to_json()))
        write_text(self.path / "model.json", _json({**_described(config, model, from_python), **own}))
        write_origin(self.path, config.data, data)
        record(self.path, (*AT_START, *FILES))

    def write_changes(self, config: FitConfig) -> None:
        """Write the settings that a run goes on with, and where its data lie now."""
        self.write_config(config)
        write_places(self.path, config.data)

    def names(self) -> list[str]:
        """The names of the files in it."""
        return [file.name + "/" * file.is_dir() for file in self.path.iterdir() if not file.name.startswith(".")]

    def write_config(self, config: FitConfig) -> None:
        """Write the settings; the name of the folder is not for another run."""
        write_text(self.path / "config.yaml", to_yaml(replace(config, name=None)))

    def check_source(self, model: nn.Module | None, data: Any) -> None:
        """Make sure that what was given from Python when the run began is given again.

        Raises:
            TrainingError: it is not.
        """
        described = read_json(self.path / "model.json")
        if (described.get("given") and model is None) or (described.get("source") == "python" and data is None):
            raise TrainingError(
                f"the run in {self.path} was started from Python, and its model and data must be given again: "
                f"crossent.train.fit(model, data, resume={str(self.path)!r})"
            )


def new_folder(parent: Path, name: str) -> Path:
    """Create and return `parent/name`, or with -2, -3, … after it the first that does not exist yet."""
    if storable(str(parent / name)) != str(parent / name):
        expected = "a path in UTF-8, since safetensors opens no other"
        raise SettingError("out", expected, storable(str(parent / name)), "runs")
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise SettingError("out", "a folder, or a path where one can be made", str(parent), "runs") from None
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("count() does not end")


def read_config_file(file: Path) -> FitConfig:
    """The settings of a run.

    Raises:
        RunError: the file cannot be read, is no YAML, or holds what is no setting.
    """
    try:
        return configured(FitConfig(), read_yaml(file))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RunError(f"{file} cannot be read: {reason}") from None


def flat(config: FitConfig) -> dict[str, Any]:
    """The settings by whole name."""
    return {name: value_of(config, name) for name in rules()}


def value_of(config: FitConfig, name: str) -> Any:
    """The value of a setting by its whole name."""
    value: Any = config
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part)
    return value


def _described(config: FitConfig, model: nn.Module | None, from_python: bool) -> dict[str, Any]:
    source = {"source": "python"} if from_python else {}
    if model is None:
        return {"name": config.model.name, "kwargs": config.model.kwargs, "given": False, **source}
    kind = type(model)
    return {"name": f"{kind.__module__}:{kind.__qualname__}", "kwargs": {}, "given": True, **source}


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n"
