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

_CLASSES = ("CrossEntropyLoss", "NLLLoss", "LogSoftmax", "BCEWithLogitsLoss", "BCELoss", "LinearCrossEntropyLoss")
_FUNCTIONS = tuple(name for name in functional.__all__ if name != "normalizer")

# Torch's own, as they are before anything is patched; what torch does not have yet is left out.
_OURS = {
    id(getattr(home, name)): (getattr(home, name), getattr(ours, name))
    for home, ours, names in ((nn, modules, _CLASSES), (torch_functional, functional, _FUNCTIONS))
    for name in names
    if hasattr(home, name)
}


class _Change(NamedTuple):
    module: ModuleType
    name: str
    original: Any


_changes: list[_Change] = []


class Patched(list[str]):
    """The dotted names that now hold crossent's losses; printed one per line."""

    def __str__(self) -> str:
        return "\n".join(self)


def patch() -> Patched:
    """Replace the losses of `torch.nn` and `torch.nn.functional` by crossent's, wherever a module holds them.

    Reached: ``nn.CrossEntropyLoss``, ``F.cross_entropy`` and their siblings; names that loaded modules (``__main__``
    too) got by ``from torch.nn import CrossEntropyLoss``; criteria of torch's classes that exist already or are
    subclassed, since their ``forward`` looks the function up in ``torch.nn.functional``.

    Not reached: names imported inside a function later than this call get crossent's, but what was stored elsewhere
    before (in a container, a default argument, a closure, ``functools.partial``) stays torch's; code that calls
    ``torch._C`` or ``torch.ops.aten`` itself (``Tensor.log_softmax`` too); code that ``torch.jit`` or
    ``torch.compile`` has compiled before; child processes that start afresh (``spawn``). ``torch.jit.script`` cannot
    compile crossent's functions.

    A second call changes nothing but modules that have been loaded since.

    Returns:
        The dotted names that were replaced; printable.

    Example::

        >>> import torch, crossent
        >>> names = crossent.patch()
        >>> "torch.nn.CrossEntropyLoss" in names, torch.nn.CrossEntropyLoss is crossent.CrossEntropyLoss
        (True, True)
        >>> crossent.unpatch()
        >>> torch.nn.CrossEntropyLoss is crossent.CrossEntropyLoss
        False
    """
    replaced = Patched()
    for module in _modules():
        for name, value in list(vars(module).items()):
            if id(value) in _OURS and _OURS[id(value)][0] is value:
                _changes.append(_Change(module, name, value))
                setattr(module, name, _OURS[id(value)][1])
                replaced.append(f"{module.__name__}.{name}")
    return replaced


def unpatch() -> None:
    """Undo every `patch`; names that were assigned anew in between keep their new value.

    Example::

        >>> import crossent
        >>> crossent.unpatch()  # nothing is patched: nothing happens
    """
    ours = {id(value) for _, value in _OURS.values()}
    while _changes:
        module, name, original = _changes.pop()
        if id(getattr(module, name, None)) in ours:
            setattr(module, name, original)


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
