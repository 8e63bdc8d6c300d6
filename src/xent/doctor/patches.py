"""Replacing attributes of torch for a while."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_MISSING = object()


class Patches:
    """Attributes that were replaced, to be put back in reverse order.

    What somebody else has replaced in between stays theirs: our wrapper below theirs then only passes calls on.
    """

    def __init__(self) -> None:
        self._changes: list[tuple[Any, str, Any, Any]] = []
        self._last: list[Callable[[], None]] = []

    def after_undo(self, action: Callable[[], None]) -> None:
        """Also do this when everything is put back."""
        self._last.append(action)

    def wrap(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace `owner.name` by `make(owner.name)`; nothing where there is no such attribute."""
        original = getattr(owner, name, None)
        if original is None:
            return
        # An inherited attribute is not in the owner's own dictionary, and will not be put there.
        before = vars(owner).get(name, _MISSING)
        ours = make(original)
        setattr(owner, name, ours)
        self._changes.append((owner, name, before, ours))

    def wrap_everywhere(self, owner: ModuleType, name: str, make: Callable[[Any], Any]) -> None:
        """As `wrap`, and also where loaded modules of the user hold the same object under a name of theirs."""
        original = getattr(owner, name, None)
        if original is None:
            return
        self.wrap(owner, name, make)
        ours = getattr(owner, name)
        for module in list(sys.modules.values()):
            if not isinstance(module, ModuleType) or module.__name__.partition(".")[0] == "torch":
                continue
            for own_name, value in list(vars(module).items()):
                if value is original and (module, own_name) != (owner, name):
                    setattr(module, own_name, ours)
                    self._changes.append((module, own_name, original, ours))

    def undo(self) -> None:
        """Put everything back."""
        for owner, name, before, ours in reversed(self._changes):
            if vars(owner).get(name) is not ours:
                continue
            if before is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
        self._changes.clear()
        while self._last:
            self._last.pop()()
