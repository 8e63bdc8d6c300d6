"""From a name and a schema to a model."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from importlib import import_module
from math import prod
from traceback import walk_tb
from typing import Any

from torch import nn

from ..config.groups import pretrained
from ..config.names import is_code
from ..config.rules import SettingError
from ..data.numeric import cuts
from ..data.schema import Reading, Schema
from ..data.tokens import open_ngrams
from ..errors import ModelError
from ..tasks.base import Target
from ..tasks.registry import task_class
from .code import find

_CLASSES = {
    "mlp": "MLP",
    "ensemble": "Ensemble",
    "cnn": "CNN",
    "cnn1d": "CNN1d",
    "textcnn": "TextCNN",
    "widedeep": "WideDeep",
    "fasttext": "FastText",
    "transformer": "Transformer",
    "unet": "UNet",
    "mixed": "Mixed",
}
# What each model can read.
_KINDS = {
    "mlp": ("tabular", "tensor", "image", "signal"),
    "ensemble": ("tabular",),
    "cnn": ("image",),
    "cnn1d": ("signal",),
    "textcnn": ("text",),
    "widedeep": ("text",),
    "fasttext": ("text",),
    "transformer": ("text",),
    "unet": ("image",),
    "mixed": ("mixed",),
}
# Numeric columns up to which each gets an embedding: beyond, it costs more than the rest of the model.
_PIECED = 128


def default_model(schema: Schema) -> str:
    """The name of the model for the schema's kind of inputs."""
    if task_class(schema.task).target is Target.MASK:
        return "unet"
    if schema.kind == "text":
        return "widedeep" if schema.tokenizer == "ngrams" else "fasttext"
    if schema.kind == "tabular" and len(schema.numbers) <= _PIECED:
        return "ensemble"
    return {"image": "cnn", "signal": "cnn1d", "mixed": "mixed"}.get(schema.kind, "mlp")


def build(name: str, schema: Schema, **settings: Any) -> nn.Module:
    """A model for the schema's inputs and classes.

    Args:
        name: one of those here, hf:NAME or timm:NAME of a pretrained one, or the import path "package.module:Class" of
            an `nn.Module`, or of what makes one.
        schema: of the data.
        settings: keyword arguments of the model.
    """
    if (found := pretrained(name)) is not None:
        if settings:
            raise SettingError("model.kwargs", f"none: {name} brings its settings with it", settings, {})
        loaded: nn.Module = _library(found[0]).load(found[1], schema)
        return loaded
    if is_code(name):
        return _imported(name, settings)
    if name not in _CLASSES:
        near = difflib.get_close_matches(name, _CLASSES, n=1) or ["mlp"]
        expected = f"one of {', '.join(_CLASSES)}, hf:NAME, timm:NAME, or an import path package.module:Class"
        raise SettingError("model.name", expected, name, near[0])
    module = import_module(f".{name}", __package__)
    make = getattr(module, _CLASSES[name])
    given = _arguments(name, schema)
    _check_settings(name, make, settings, given)
    model: nn.Module = make(**{**given, **_defaults(name, schema), **settings})
    return model


def rebuild(name: str, schema: Schema, backbone: dict[str, Any]) -> nn.Module:
    """A pretrained model as `build` has made it, with weights that have learnt nothing; nothing is fetched.

    Args:
        name: as for `build`.
        schema: of the data.
        backbone: what the model said of itself.
    """
    library, _ = pretrained(name) or ("hf", "")
    made: nn.Module = _library(library).rebuilt(backbone, schema)
    return made


def reading_of(name: str) -> Reading | None:
    """How a pretrained model reads its inputs; None for another model."""
    found = pretrained(name)
    if found is None:
        return None
    reading: Reading = _library(found[0]).reading(found[1])
    return reading


def _library(name: str) -> Any:
    return import_module(f".pretrained.{'huggingface' if name == 'hf' else name}", __package__)


def _arguments(name: str, schema: Schema) -> dict[str, Any]:
    """The arguments of the model that follow from the data."""
    task = schema.new_task()
    read = {schema.kind} if schema.kind != "tensor" else {"tensor", *_by_rank(schema)}
    fitting = [other for other, kinds in _KINDS.items() if read & {*kinds}]
    fitting = [other for other in fitting if (task.target is Target.MASK) == (other == "unet")]
    if name not in fitting:
        expected = f"a model for {schema.kind} inputs and the task {schema.task} ({', '.join(fitting) or 'none here'})"
        if schema.kind == "mixed":
            expected = f"{expected}, or one part of them alone (data.kind text or tabular)"
        raise SettingError("model.name", expected, name, fitting[0] if fitting else "package.module:Class")
    if name in ("mlp", "ensemble", "mixed"):
        words = {"vocabulary": schema.vocabulary} if name == "mixed" else {}
        categories = [len(column.values) + 1 for column in schema.categories]
        numbers = len(schema.numbers) if schema.columns else prod(schema.input_shape)
        return {"numbers": numbers, "outputs": task.outputs, "categories": categories, **words}
    if schema.kind == "text":
        return {"vocabulary": schema.vocabulary, "outputs": task.outputs}
    return {"channels": schema.input_shape[0], "outputs": task.outputs}


def _by_rank(schema: Schema) -> tuple[str, ...]:
    """The kinds that tensors may also be: (K, T) signals, (K, H, W) images."""
    return {2: ("signal",), 3: ("image",)}.get(len(schema.input_shape), ())


def _defaults(name: str, schema: Schema) -> dict[str, Any]:
    """Settings that depend on the data, where they are not given."""
    if name == "widedeep" and schema.tokenizer == "ngrams":
        ngrams = open_ngrams(schema.tokenizer_json or "")
        return {"importance": ngrams.importance, "second": ngrams.first_piece}
    if name in ("fasttext", "mixed") and schema.tokenizer == "characters":
        # A Chinese word is mostly two characters.
        return {"ngrams": 2}
    if name == "ensemble" and len(schema.numbers) <= _PIECED:
        return {"cuts": cuts(schema.numbers)}
    if name == "cnn":
        # 28x28 is worked on as 14x14, 128x128 as 32x32.
        side = min(schema.input_shape[1:])
        return {"halvings": 0 if side < 24 else 1 if side < 96 else 2}
    if name == "transformer":
        return {"length": max(schema.max_length, 1)}
    return {}


def _check_settings(name: str, make: Callable[..., Any], settings: dict[str, Any], given: dict[str, Any]) -> None:
    known = [key for key in inspect.signature(make).parameters if key not in given]
    for key in settings:
        if key not in known:
            near = (difflib.get_close_matches(key, known, n=1) or known)[0]
            raise SettingError("model.kwargs", f"settings of {name}: {', '.join(known)}", key, near)


def _imported(path: str, settings: dict[str, Any]) -> nn.Module:
    found = find(path)
    try:
        inspect.signature(found).bind(**settings)
    except TypeError as error:
        raise SettingError("model.kwargs", f"arguments that {path} takes ({error})", settings, {}) from None
    except ValueError:
        # Python knows no signature of it.
        pass
    try:
        model = found(**settings)
    # Any: it is code of somebody else.
    except Exception as error:
        *_, (frame, line) = walk_tb(error.__traceback__)
        where = f"{frame.f_code.co_filename}:{line}"
        raise ModelError(f"{path} could not be made: {type(error).__name__}: {error} ({where})") from error
    if not isinstance(model, nn.Module):
        raise SettingError(
            "model.name", "the path of an nn.Module", f"{path}, a {type(model).__name__}", "mypackage.models:Net"
        )
    return model
