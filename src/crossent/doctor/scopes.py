"""The variables of the user's running functions: who keeps what."""

from __future__ import annotations

import sys
from collections import ChainMap
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

from torch import Tensor

from . import sites

_MOST_VARIABLES = 500


def frames(limit: int, depth: int = 1) -> list[FrameType]:
    """The user's running functions, innermost first."""
    found: list[FrameType] = []
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None and len(found) < limit:
        if sites.is_own(frame.f_code.co_filename):
            found.append(frame)
        frame = frame.f_back
    return found


def names_in(frame: FrameType) -> Mapping[str, Any]:
    """The variables that code in a frame sees, but for built-in ones."""
    if frame.f_locals is frame.f_globals:
        return frame.f_globals
    names = dict(frame.f_locals)
    if sys.version_info < (3, 13):
        # Before 3.13 the frame keeps this copy of its variables, and with it every tensor in it.
        frame.f_locals.clear()
    return ChainMap(names, frame.f_globals)


def variables(depth: int = 1) -> Iterator[tuple[FrameType, str, Any]]:
    """(frame, name, value) of every variable of the running user functions, and of attributes of their `self`."""
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        if sites.is_own(frame.f_code.co_filename):
            at_top = frame.f_locals is frame.f_globals
            names = frame.f_locals if at_top else dict(frame.f_locals)
            for name, value in list(names.items())[:_MOST_VARIABLES]:
                yield frame, name, value
                if name == "self" and hasattr(value, "__dict__"):
                    for attribute, inner in list(vars(value).items())[:_MOST_VARIABLES]:
                        yield frame, attribute, inner
            if not at_top and sys.version_info < (3, 13):
                # Before 3.13 the frame keeps this copy of its variables, and with it every tensor in it.
                frame.f_locals.clear()
        frame = frame.f_back


def tensors_of(value: Any) -> list[Tensor]:
    """The tensors that a variable holds: itself, or the last elements of a list, or values of a dict."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, list):
        return [one for one in value[-4:] if isinstance(one, Tensor)]
    if isinstance(value, dict):
        # A history of losses is a dict of lists.
        return [
            one
            for part in list(value.values())[:64]
            for one in (part[-4:] if isinstance(part, list) else [part])
            if isinstance(one, Tensor)
        ]
    return []
