"""The parts of a run's folder, read back: what it says of itself, its model, its best weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..config.rules import SettingError
from ..data.schema import Schema
from ..errors import ModelError
from ..models import build
from ..models.code import check_trusted, is_code
from ..state.checkpoint import CheckpointError, read
from ..state.packing import load_model_tensors


class RunError(RuntimeError):
    """A folder that is no whole run, or a run that cannot do what is asked; the text says what to do."""


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """The content of one of its files; nothing where there is none.

    Raises:
        RunError: it is damaged.
    """
    try:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RunError(f"{folder / name} cannot be read: {error}") from None
    return content if isinstance(content, dict) else {}


def build_model(folder: Path, schema: Schema, trusted: bool | str) -> nn.Module:
    """The model of a run, with new weights.

    Args:
        folder: of the run.
        schema: of its data.
        trusted: the import path of a model that may run although the folder names it; True for whatever it names.

    Raises:
        RunError: the folder does not say which model it is, or names code that is not trusted.
    """
    described = read_json(folder, "model.json")
    if "name" not in described:
        raise RunError(f"{folder / 'model.json'} is missing or damaged: it says which model was trained")
    name = str(described["name"])
    if described.get("given"):
        raise RunError(
            f"the model of {folder} was given as an object ({name}), and only its weights are stored; build it as for "
            "the training and write load_run(folder, model=model)"
        )
    if is_code(name):
        try:
            check_trusted(name, folder / "model.json", trusted in (True, name))
        except (ModelError, SettingError) as error:
            raise RunError(str(error)) from None
    return build(name, schema, **described.get("kwargs", {}))


def load_best(folder: Path, model: nn.Module) -> None:
    """Read a run's best weights into its model.

    Raises:
        RunError: they are missing or damaged, or those of another model.
    """
    try:
        weights = read(folder / "best").model
    except CheckpointError as error:
        raise RunError(f"the weights of {folder} cannot be read: {error}") from None
    try:
        with torch.no_grad():
            load_model_tensors(model, weights)
    except ValueError as error:
        raise RunError(f"{folder / 'best'}: {error}") from None
