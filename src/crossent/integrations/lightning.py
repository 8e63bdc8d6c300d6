"""Lightning: `Trainer(callbacks=[Doctor()])`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ._watching import Watching

try:
    Callback: Any = import_module("lightning.pytorch.callbacks").Callback
except ModuleNotFoundError:
    Callback = import_module("pytorch_lightning.callbacks").Callback


class Doctor(Watching, Callback):  # type: ignore[misc]
    """Watches `trainer.fit` as `crossent doctor` watches a script, and reports when it has ended, however it has.

    Example::

        from crossent.integrations.lightning import Doctor

        trainer = lightning.Trainer(callbacks=[Doctor()])
    """

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        if stage == "fit":
            self.begin()

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        self.end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self.end(exception)
