"""Put crossent's losses in place of torch.nn's in a running program, and take them out again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

import torch.nn.functional as torch_functional
from torch import nn

from . import functional, modules
from .modules._criterion import Criterion

_CLASSES = ("CrossEntropyLoss", "NLLLoss", "LogSoftmax", "BCEWithLogitsLoss", "BCELoss", "LinearCrossEntropyLoss")
_FUNCTIONS = tuple(name for name in functional.__all__ if name != "normalizer")
# What a class of torch gets from ours: how a criterion is made, shown, and computes. The checkpoint stays torch's.
_MEMBERS = ("__init__", "forward", "extra_repr", "_defaults", "_weights", "_extras")

# Torch's functions, as they are before anything is patched; what torch does not have yet is left out.
_OURS = {
    id(getattr(torch_functional, name)): (getattr(torch_functional, name), getattr(functional, name))
    for name in _FUNCTIONS
    if hasattr(torch_functional, name)
}
_ABSENT = object()


class _Change(NamedTuple):
    owner: Any
    name: str
    before: Any
    ours: Any


_changes: list[_Change] = []


class Patched(list[str]):
    """The dotted names that now hold crossent's losses; printed one per line."""

    def __str__(self) -> str:
        return "\n".join(self)


def patch() -> Patched:
    """Make the losses of `torch.nn` and `torch.nn.functional` compute what crossent's compute, in the whole program.

    Torch's classes stay the classes they are and get crossent's constructor and `forward`: `isinstance` and
    ``type(…) is`` give the same answers as before, for criteria made before, meanwhile and afterwards, and for
    subclasses. The functions are replaced under every name that a loaded module (``__main__`` too) has for them.

    Not reached: functions that were stored elsewhere before (in a container, a default argument, a closure,
    ``functools.partial``); code that calls ``torch._C`` or ``torch.ops.aten`` itself (``Tensor.log_softmax`` too); code
    that ``torch.jit`` or ``torch.compile`` has compiled before; child processes that start afresh (``spawn``).

    A second call changes nothing but modules that have been loaded since.

    Returns:
        The dotted names that were replaced; printable.

    Example::

        >>> import torch, crossent
        >>> names = crossent.patch()
        >>> "torch.nn.CrossEntropyLoss" in names
        True
        >>> torch.nn.CrossEntropyLoss(weight=[1, 4])
        CrossEntropyLoss(weight=[1, 4])
        >>> crossent.unpatch()
    """
    replaced = Patched()
    for name in _CLASSES:
        if hasattr(nn, name) and _patch_class(getattr(nn, name), getattr(modules, name)):
            replaced.append(f"torch.nn.{name}")
    for module in _modules():
        for name, value in list(vars(module).items()):
            if id(value) in _OURS and _OURS[id(value)][0] is value:
                _change(module, name, _OURS[id(value)][1])
                replaced.append(f"{module.__name__}.{name}")
    return replaced


def unpatch() -> None:
    """Undo every `patch`; names that were assigned anew in between keep their new value.

    Criteria of torch's classes that were made meanwhile go on with torch's `forward`. One that was made with an option
    that only crossent has says so when it is called.

    Example::

        >>> import crossent
        >>> crossent.unpatch()  # nothing is patched: nothing happens
    """
    while _changes:
        owner, name, before, ours = _changes.pop()
        if vars(owner).get(name) is not ours:
            continue
        if before is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


@contextmanager
def patched() -> Iterator[Patched]:
    """Patch inside a `with` block.

    Example::

        >>> import torch, crossent
        >>> with crossent.patched():
        ...     torch.nn.CrossEntropyLoss(weight=[1, 4])
        CrossEntropyLoss(weight=[1, 4])
    """
    before = len(_changes)
    names = patch()
    try:
        yield names
    finally:
        kept = _changes[:before]
        del _changes[:before]
        unpatch()
        _changes.extend(kept)


def _patch_class(theirs: type, ours: type) -> bool:
    """Give torch's class the members of ours; False if it has them."""
    if vars(theirs).get("forward") is vars(ours)["forward"]:
        return False
    members = _MEMBERS if issubclass(ours, Criterion) else ("forward",)
    for name in (*members, *getattr(ours, "_extras", ())):
        _change(theirs, name, getattr(ours, name))
    return True


def _change(owner: Any, name: str, ours: Any) -> None:
    _changes.append(_Change(owner, name, vars(owner).get(name, _ABSENT), ours))
    setattr(owner, name, ours)


def _modules() -> list[ModuleType]:
    """Loaded modules whose names may be replaced: all but torch's internals and crossent's own rooms."""
    reached = []
    for name, module in list(sys.modules.items()):
        home = name.partition(".")[0]
        if not isinstance(module, ModuleType) or home == "crossent":
            continue
        if home != "torch" or name in ("torch.nn", "torch.nn.functional") or name.startswith("torch.nn.modules"):
            reached.append(module)
    return reached
