"""A model of the user's own, by the import path of its class, or of a function that makes it: `package.module:Class`.

A path that the user has typed is imported as it is. One that stands in a file (a run folder, a settings file) is data:
it runs only where the user said so, and only if it names a class of models or a function that makes them.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from types import FunctionType
from typing import Any, get_type_hints

from torch import nn

from ...printable import in_shell
from ..config.rules import SettingError
from ..errors import ModelError


def find(path: str) -> Any:
    """Import the object at a dotted path; nothing but the import is executed.

    Raises:
        SettingError: there is no such module, or no such name in it.
    """
    module_name, _, qualified = path.partition(":")
    first, *inner = qualified.split(".")
    try:
        # A module may load its names when they are asked for; of what it holds no property is run.
        found = getattr(import_module(module_name), first)
        for part in inner:
            found = inspect.getattr_static(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        expected = f"an import path package.module:Class that exists ({error})"
        raise SettingError("model.name", expected, path, "mypackage.models:Net") from None
    return found


def check_trusted(path: str, file: object, consent: frozenset[object]) -> None:
    """Make sure that an import path that stands in a file may run.

    Args:
        path: the import path.
        file: where it stands, for the message.
        consent: what the user has typed, or True for whatever the file names.

    Raises:
        ModelError: the user did not say so, or the path is neither that of a class of models nor that of a function
            that makes them, by its annotation or because the user has typed it; nothing was called.
    """
    if not consent & {True, path}:
        raise ModelError(
            f"{file} says that its model is {path}, which is code outside of it, and would be imported and run. If you "
            f"know and trust it, write --trust-code, or --model {in_shell(path)} (in Python trust_code=True, or "
            f"model={path!r})"
        )
    found = find(path)
    function = isinstance(found, FunctionType)
    if not (_is_model(found) or (function and (path in consent or _is_model(_returned(found))))):
        what = f"the class {found.__name__}" if isinstance(found, type) else f"a {type(found).__name__}"
        advice = f". If it makes your model, write --model {in_shell(path)}, or annotate it (-> torch.nn.Module)"
        raise ModelError(
            f"{file} says that its model is {path}, which is {what}, not a class of torch.nn.Module: it was not "
            f"called{advice * function}"
        )


def _is_model(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, nn.Module)


def _returned(function: FunctionType) -> Any:
    # Any: an annotation may name what is not there.
    try:
        return get_type_hints(function).get("return")
    except Exception:
        return None
