"""Hugging Face transformers: `Trainer(…, callbacks=[Doctor()])`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ._watching import Watching

TrainerCallback: Any = import_module("transformers").TrainerCallback


class Doctor(Watching, TrainerCallback):  # type: ignore[misc]
    """Watches `trainer.train()` as `crossent doctor` watches a script, and reports when it has ended.

    Example::

        from crossent.integrations.transformers import Doctor

        trainer = transformers.Trainer(model, arguments, train_dataset=data, callbacks=[Doctor()])
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.begin()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.end()
