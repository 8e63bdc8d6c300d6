"""Replacing attributes of torch for a while."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from .sites import is_own

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

    def rename(self) -> None:
        """Let names follow that modules of the user hold of what was wrapped (`from torch.nn.functional import …`)."""
        wrapped = {id(getattr(ours, "__wrapped__", None)): ours for _, _, _, ours in self._changes}
        for module in list(sys.modules.values()):
            if not isinstance(module, ModuleType) or not _is_users(module):
                continue
            for name, value in list(vars(module).items()):
                ours = wrapped.get(id(value))
                if ours is not None and ours.__wrapped__ is value:
                    setattr(module, name, ours)
                    self._changes.append((module, name, value, ours))

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Everything as it was, for a while."""
        away = self._put_back()
        try:
            yield
        finally:
            for owner, name, ours in reversed(away):
                setattr(owner, name, ours)

    def undo(self) -> None:
        """Put everything back."""
        self._put_back()
        self._changes.clear()
        while self._last:
            self._last.pop()()

    def _put_back(self) -> list[tuple[Any, str, Any]]:
        """Put back what is still ours; returns what that was, in the order in which it was done."""
        done = []
        for owner, name, before, ours in reversed(self._changes):
            if vars(owner).get(name) is not ours:
                continue
            if before is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
            done.append((owner, name, ours))
        return done


def _is_users(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    # The main module of a notebook has no file.
    return module.__name__ == "__main__" if file is None else is_own(file)
