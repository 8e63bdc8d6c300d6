"""A model of the user's own, by its import path `package.module:Class`.

A path that the user has typed is imported as it is. One that stands in a file (a run folder, a settings file) is data:
it runs only where the user said so, and only if it names a class of models.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

from torch import nn

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


def check_trusted(path: str, file: object, trusted: bool) -> None:
    """Make sure that an import path that stands in a file may run.

    Args:
        path: the import path.
        file: where it stands, for the message.
        trusted: whether the user said so.

    Raises:
        ModelError: the user did not say so, or the path is not that of a class of models; nothing was called.
    """
    if not trusted:
        raise ModelError(
            f"{file} says that its model is {path}, which is code outside of it, and would be imported and run. If you "
            f"know and trust it, write --trust-code, or --model {path} (in Python trust_code=True, or model={path!r})"
        )
    found = find(path)
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        what = f"the class {found.__name__}" if isinstance(found, type) else f"a {type(found).__name__}"
        raise ModelError(
            f"{file} says that its model is {path}, which is {what}, not a class of torch.nn.Module: it was not "
            "called. If a function makes your model, build it in Python and write load_run(folder, model=model)"
        )
