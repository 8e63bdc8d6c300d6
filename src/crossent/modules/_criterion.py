"""The base of the loss modules: settings, weights outside of checkpoints, a repr that shows what is set."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.modules.loss import _Loss

from ..core import checks
from ..core.reduction import Reduction
from ..core.values import readable

_LEGACY = ("size_average", "reduce")


class Criterion(_Loss):
    """Base of the losses: settings shown when they differ from the default, and weights outside of checkpoints.

    `crossent.patch` gives the members of its subclasses to torch's classes, so none of them may use `super()`.
    """

    # Options of the function that computes the loss, with their defaults; those of them that are tensors; those that
    # torch's class does not have, and the others with their defaults.
    _defaults: ClassVar[dict[str, Any]] = {}
    _weights: ClassVar[tuple[str, ...]] = ()
    _extras: ClassVar[tuple[str, ...]] = ()
    _torchs: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, computes: Callable[..., Any] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if computes is None:
            # A user's subclass.
            return
        known, theirs = inspect.signature(computes).parameters, inspect.signature(cls.__bases__[-1]).parameters
        options = inspect.signature(cls.__init__).parameters.values()
        cls._defaults = {p.name: p.default for p in options if p.name in known and p.name not in _LEGACY}
        cls._weights = tuple(name for name in ("weight", "pos_weight") if name in cls._defaults)
        cls._extras = tuple(name for name in cls._defaults if name not in (*theirs, *cls._weights))
        cls._torchs = {name: default for name, default in cls._defaults.items() if name not in cls._extras}
        # TorchScript calls it in Python: nothing to compile where a criterion is only held. Without annotations (it has
        # no unions) it passes the positional arguments and takes the result for a tensor.
        torch.jit.ignore(cls.forward)
        cls.forward.__annotations__.clear()
        for name in cls._extras:
            # Criteria have none of their own where it is off, or if they were made by torch or read from an old file.
            setattr(cls, name, cls._defaults[name])

    def __init__(self, arguments: dict[str, Any]) -> None:
        """From the arguments of a constructor by name, of which the options are kept."""
        super(_Loss, self).__init__()
        ours, settings = isinstance(self, Criterion), {name: arguments[name] for name in self._defaults}
        size_average, reduce = (arguments.get(name) for name in _LEGACY)
        how = Reduction.of(settings["reduction"], size_average, reduce, settings["normalizer"], settings["on_empty"])
        settings["reduction"] = how.kind
        extras = {name: settings[name] for name in self._extras if _differs(settings[name], self, name)}
        for name, value in settings.items():
            if name in self._weights:
                # Not persistent: a criterion inside a model adds nothing to the model's checkpoint. One of torch's
                # class adds what torch's adds, so that a program writes the same checkpoints when it is patched.
                self.register_buffer(name, checks.finite_weight(name, value), persistent=not ours)
            elif name in extras or name not in self._extras:
                # Not by setattr: a temperature that is a parameter is its owner's.
                vars(self)[name] = value
        if extras and not ours:
            self.register_forward_pre_hook(partial(_require_patch, extras))

    def extra_repr(self) -> str:
        shown = []
        for name in self._defaults:
            value = getattr(self, name)
            if value is not None and _differs(value, self, name):
                shown.append(f"{name}={_shown(value)}")
        return ", ".join(shown)

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Also take the weights that torch.nn's criterion has written into its checkpoint."""
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )
        for name in self._weights:
            value, own = state_dict.get(prefix + name), getattr(self, name)
            if value is None or own is None:
                continue
            if prefix + name in unexpected_keys:
                unexpected_keys.remove(prefix + name)
            if value.shape == own.shape:
                with torch.no_grad():
                    own.copy_(value)
            else:
                error_msgs.append(
                    f"size mismatch for {prefix}{name}: the checkpoint has {tuple(value.shape)}, "
                    f"this criterion {tuple(own.shape)}."
                )


def settings(criterion: nn.Module, kind: type[Criterion]) -> dict[str, Any]:
    """Options for the function that `kind` computes with, as they stand now, without those that are the defaults."""
    if torch.compiler.is_compiling():
        # In a compiled graph none of this takes time, and the compilers up to torch 2.11 do not know `vars`.
        return {name: getattr(criterion, name, default) for name, default in kind._defaults.items()}
    own, buffers, given = vars(criterion), criterion._buffers, {}
    # Of its own a scripted one has constants at most.
    torchs = "training" in own and own.keys().isdisjoint(kind._extras)
    for name, default in (kind._torchs if torchs else kind._defaults).items():
        # `nn.Module.__getattr__` takes as long as all other options do together. It is for criteria that are scripted,
        # or were made by torch.
        value = own[name] if name in own else buffers[name] if name in buffers else getattr(criterion, name, default)
        if value is not default:
            given[name] = value
    return given


def _differs(value: Any, criterion: Any, name: str) -> bool:
    """Return whether a setting is not the default."""
    return isinstance(value, Tensor) or value != criterion._defaults[name]


def _require_patch(extras: dict[str, Any], criterion: nn.Module, _: Any) -> None:
    """Keep torch's own `forward` from ignoring what it does not know."""
    if not hasattr(criterion, "_defaults"):
        name = next(c.__name__ for c in type(criterion).__mro__ if c.__module__.startswith("torch."))
        settings = ", ".join(f"{option}={_shown(value)}" for option, value in extras.items())
        raise RuntimeError(
            f"this {name} was made while crossent was patched in, with {settings}, which torch's own does not know. "
            f"Write crossent.{name}({settings}), or call crossent.patch() again."
        )


def _shown(value: Any) -> str:
    """A setting as a reader wants it; a weight by its numbers when they are few, else by its shape and range."""
    if not isinstance(value, Tensor):
        return repr(value)
    size = " × ".join(map(str, value.shape))
    if not readable(value):
        return f"<{size}>"
    if value.numel() > 8:
        return f"<{size}, {float(value.min()):g} to {float(value.max()):g}>"
    numbers = torch.tensor(value.tolist(), dtype=torch.float64)
    return str([float(f"{v:.4g}") if v != int(v) else int(v) for v in numbers.flatten().tolist()])
