"""Small runs, trained in a second or two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from crossent.train import fit
from crossent.train.config.fit import FitConfig
from crossent.train.config.names import configured
from crossent.train.data import DataConfig
from crossent.train.inference.run import Run


def trained(folder: Path, data: DataConfig, epochs: int = 2, lr: float = 3e-3, **settings: Any) -> Run:
    """The default model, trained on some data; the run in this folder."""
    where = {"out": str(folder.parent), "name": folder.name, "logger": "none", "accelerator": "cpu"}
    config = configured(FitConfig(data=data), {**where, "epochs": epochs, "lr": lr, **settings})
    return fit(config=config, console=Console(quiet=True))
