"""Reference models in plain torch, one per file, and any `nn.Module` by its import path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from ..data.schema import Schema

MODELS = ("mlp", "cnn", "textcnn", "fasttext", "transformer", "unet")


def build(name: str, schema: Schema, **settings: Any) -> nn.Module:
    """A model for the schema's inputs and classes.

    Args:
        name: one of `MODELS`, or the import path "package.module:Class" of an `nn.Module`, or of what makes one.
        schema: of the data.
        settings: keyword arguments of the model.
    """
    from .building import build

    return build(name, schema, settings)


def default_model(schema: Schema) -> str:
    """The name of the model for the schema's kind of inputs."""
    from ..tasks.base import Target
    from ..tasks.registry import task_class

    if task_class(schema.task).target is Target.MASK:
        return "unet"
    return {"image": "cnn", "text": "fasttext"}.get(schema.kind, "mlp")
