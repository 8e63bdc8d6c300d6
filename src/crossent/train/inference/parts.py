"""The parts of a run's folder, read back: what it says of itself, its model, its best weights."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from ..config.names import is_code
from ..config.rules import SettingError
from ..data.schema import Schema
from ..errors import ModelError, RunError
from ..models.building import build, rebuild
from ..models.code import check_trusted
from ..state.checkpoint import CheckpointError, read
from ..state.manifest import REFIT, SCHEMA, is_recorded, read_json, verify
from ..state.packing import load_model_tensors


def read_schema(folder: Path) -> Schema:
    """How the inputs of a run are read, and its classes.

    Raises:
        RunError: it is missing or damaged.
    """
    for name in SCHEMA:
        verify(folder, name)
    try:
        return Schema.load(folder / "schema")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(f"{folder / 'schema'} cannot be read: {error}") from None


def build_model(folder: Path, schema: Schema, consent: frozenset[object]) -> nn.Module:
    """The model of a run, with new weights.

    Args:
        folder: of the run.
        schema: of its data.
        consent: the import path of a model that may run although the folder names it, or True for whatever it names.

    Raises:
        RunError: the folder does not say which model it is, or names code that is not trusted.
    """
    described = read_json(folder / "model.json")
    if "name" not in described:
        raise RunError(f"{folder / 'model.json'} is missing or damaged: it says which model was trained")
    name = str(described["name"])
    if described.get("given"):
        raise RunError(
            f"the model of {folder} was given as an object ({name}), and only its weights are stored; build it as for "
            "the training and write load_run(folder, model=model)"
        )
    try:
        if "backbone" in described:
            return rebuild(name, schema, described["backbone"])
        if is_code(name):
            check_trusted(name, folder / "model.json", consent)
        return build(name, schema, **described.get("kwargs", {}))
    except (ModelError, SettingError) as error:
        raise RunError(str(error)) from None
    # Any: the files may be from anybody, and sizes in them larger than any memory.
    except Exception as error:
        what = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise RunError(f"no model can be made of {folder / 'model.json'} and {folder / 'schema'} ({what})") from error


def weights_folder(folder: Path) -> Path:
    """Where the weights are that a run predicts with: those of its second training if it has had one, else its best."""
    return folder / ("refit" if is_recorded(folder, REFIT) else "best")


def load_weights(folder: Path, model: nn.Module, own: Path | None = None) -> None:
    """Read the weights that a run predicts with into its model; `own`: others of its weights.

    Raises:
        RunError: they are missing or damaged, or those of another model.
    """
    own = own or weights_folder(folder)
    try:
        weights = read(own).model
    except CheckpointError as error:
        raise RunError(f"the weights of {folder} cannot be read: {error}") from None
    try:
        with torch.no_grad():
            load_model_tensors(model, weights)
    except ValueError as error:
        raise RunError(f"{own}: {error}") from None
