"""Models that have the name of the best one while they go on training."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from torch import nn

from .. import scopes, sites
from ..sites import Site
from .keeping import alias, in_loop_of

# Evaluations at which the variables are looked at.
_LOOKS = 64


class HeldModels:
    """Names with "best" in them, and the models that they stand for from evaluation to evaluation."""

    def __init__(self, trained: Callable[[nn.Module], bool]) -> None:
        self._trained = trained
        self._looks = 0
        self._told: set[Site] = set()
        # File and name → the model, and the version of its weights when the name was first seen to stand for it.
        self._held: dict[tuple[str, str], tuple[weakref.ref[nn.Module], int]] = {}

    def look(self) -> Iterator[tuple[str, Site]]:
        """The names whose model has been trained since they were given to it, and the lines that gave them."""
        self._looks += 1
        if self._looks > _LOOKS:
            return
        files = list(dict.fromkeys(frame.f_code.co_filename for frame in scopes.frames(8, 2)))
        for frame, file, name, model in _best():
            weight = next(model.parameters(), None)
            if weight is None or not self._trained(model):
                continue
            ref, version = self._held.get((file, name), (None, 0))
            if ref is None or ref() is not model:
                self._held[file, name] = weakref.ref(model), weight._version
            elif weight._version > version:
                line = alias(name, dict.fromkeys([file, *files]))
                # Of several models the best may be trained on when the search among them has ended.
                searching = line is not None and in_loop_of(line, frame)
                if line is not None and searching and line not in self._told:
                    self._told.add(line)
                    yield name, line


def _best() -> Iterator[tuple[FrameType, str, str, nn.Module]]:
    """(frame, file, name, model) of the user's variables and attributes of objects that are called best."""
    for frame, name, value in scopes.variables(3):
        if isinstance(value, nn.Module):
            if "best" in name.lower():
                yield frame, frame.f_code.co_filename, name, value
            continue
        file = _file_of(value, frame.f_code.co_filename)
        for attribute, inner in list(vars(value).items()) if file else ():
            if isinstance(inner, nn.Module) and "best" in attribute.lower():
                yield frame, file, attribute, inner


def _file_of(thing: Any, main: str) -> str:
    """The file of the class of a user's object, "" for any other; that of a program or a notebook is `main`."""
    module = type(thing).__module__
    if module == "builtins" or not hasattr(thing, "__dict__"):
        return ""
    file = main if module == "__main__" else getattr(sys.modules.get(module), "__file__", None) or ""
    return file if file and sites.is_own(file) else ""
