"""Let what stands in for a tensor, or computes in its place, take part as it does in torch's own functions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import torch
import torch.nn.functional as torch_functional
from torch import Tensor
from torch.overrides import handle_torch_function, has_torch_function_variadic
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

F = TypeVar("F", bound=Callable[..., Any])

_PLAIN = (Tensor, torch.nn.Parameter)
_tracing = torch._C._get_tracing_state


def overridable(
    function: F, distributed: Callable[..., Any] | None = None, small: Callable[..., Any] | None = None
) -> F:
    """Hand a call over where another one has to compute it.

    - Of plain tensors `small` gets it first, with the options that torch does not have and what they are where they are
      off, as `off`; its result is None for what it does not take.
    - Stand-ins for tensors, such as the proxies of `torch.fx`, get it by `__torch_function__`.
    - Tensors made of tensors, such as `DTensor`, know torch's operators alone: torch's function of this name gets it,
      unless `distributed`, called with the function and its arguments, has a result that is not None.
    - `torch.jit.trace` records what torch's function does, if it does the same: its trace serves every batch size.
    - `torch.jit.script` compiles torch's function, and refuses options that torch does not have.
    """
    theirs = _Torchs(function)
    off = theirs.extras

    @functools.wraps(function)
    def call(input: Any, *args: Any, **kwargs: Any) -> Any:
        if type(input) in _PLAIN:
            if small is not None and _tracing() is None:
                result = small(input, *args, **kwargs, off=off)
                if result is not None:
                    return result
        else:
            # Subclasses of Tensor go on: torch's conversion of results would take a Stats apart.
            if not isinstance(input, Tensor) and has_torch_function_variadic(input):
                return handle_torch_function(call, (input,), input, *args, **kwargs)
            if _made_of_tensors(input):
                if distributed is not None and (result := distributed(function, input, *args, **kwargs)) is not None:
                    return result
                theirs.require(input, *args, **kwargs)
                return theirs(input, *args, **kwargs)
        if _tracing() is not None and not theirs.lacks(kwargs, input, *args):
            return theirs(input, *args, **kwargs)
        return function(input, *args, **kwargs)

    vars(call)["__prepare_scriptable__"] = theirs.scriptable
    return cast(F, call)


def _are_narrow_labels(value: Any) -> bool:
    """Return whether these are labels that not all of torch's losses take."""
    return isinstance(value, Tensor) and not value.is_floating_point() and value.dtype != torch.int64


def _made_of_tensors(value: Any) -> bool:
    return isinstance(value, Tensor) and is_traceable_wrapper_subclass(value)


class _Torchs:
    """Torch's function of the same name, as it is before anything is patched."""

    def __init__(self, ours: Callable[..., Any]) -> None:
        self.name = ours.__name__
        self.function: Callable[..., Any] | None = getattr(torch_functional, self.name, None)
        known = inspect.signature(self.function).parameters if self.function else {}
        options = inspect.signature(ours).parameters.values()
        self.extras = {p.name: p.default for p in options if p.name not in known}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        assert self.function is not None
        return self.function(*args, **{name: value for name, value in kwargs.items() if name not in self.extras})

    def lacks(self, given: dict[str, Any], *tensors: Any) -> list[str]:
        """The part of a call that torch's function does not take; the function itself, if torch has none."""
        if self.function is None:
            return [self.name]
        extras = {name: value for name, value in given.items() if name in self.extras}
        lists = any(isinstance(t, tuple) for t in (*tensors, given.get("target")))
        options = [name for name, value in extras.items() if isinstance(value, Tensor) or value != self.extras[name]]
        options = ["targets of listed classes", *options] if lists else options
        return options + [f"{t.dtype} labels" for t in (*tensors, *given.values()) if _are_narrow_labels(t)]

    def require(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Refuse a call that torch cannot compute; `input` is a tensor that only torch's operators know."""
        lacks = self.lacks(kwargs, *args)
        if lacks:
            instead = "input.full_tensor()" if hasattr(input, "full_tensor") else "a plain tensor"
            raise NotImplementedError(
                f"on a {type(input).__name__}, {self.name} is computed by torch, which has no {', '.join(lacks)}. "
                f"Leave out what torch does not have, or pass {instead}."
            )

    def scriptable(self) -> Callable[..., Any]:
        """The function that `torch.jit.script` compiles."""
        if self.function is None:
            raise NotImplementedError(
                f"torch.jit.script cannot compile crossent.functional.{self.name}. "
                "Call it in a function marked @torch.jit.ignore, or use torch.compile."
            )
        return self.function
