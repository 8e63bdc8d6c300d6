"""Calls of the losses, torch's and crossent's, and the lines that build criteria."""

from __future__ import annotations

import functools
import os
import sys
import weakref
from collections.abc import Callable
from math import inf, isfinite
from types import FrameType
from typing import Any

import torch
import torch.nn.functional as torch_functional
from torch import Tensor, nn
from torch.compiler import is_dynamo_compiling

import crossent

from ...core.values import readable
from .. import sites
from ..engine import Engine, here
from ..events import LossCall, LossExamined, LossSwapped
from ..labels import Labels, look_swapped
from ..patches import Patches
from ..sites import Site
from ..traces import LossTrace, leave_loss

_SOFTMAX = ("input", "target", "weight", "size_average", "ignore_index", "reduce", "reduction", "label_smoothing")
_PARAMETERS = {
    "cross_entropy": _SOFTMAX,
    "nll_loss": _SOFTMAX[:-1],
    "binary_cross_entropy": ("input", "target", "weight", "size_average", "reduce", "reduction"),
    "binary_cross_entropy_with_logits": (
        "input",
        "target",
        "weight",
        "size_average",
        "reduce",
        "reduction",
        "pos_weight",
    ),
}
# Where the `forward` of a criterion calls the function of its loss.
_CRITERIA = (nn.modules.loss.__file__, os.path.join(os.path.dirname(crossent.__file__), "modules", ""))
# The calls of a line that are examined: so many at first, then one of so many; fewer where reading must wait for a GPU.
_FIRST, _THEN_ONE_OF = 24, 64
_FIRST_ELSEWHERE, _THEN_ONE_OF_ELSEWHERE = 8, 64


def install(engine: Engine, patches: Patches) -> None:
    """Watch the four losses of torch and of crossent."""
    from ... import functional
    from ...modules._criterion import Criterion

    observer = _Losses(engine)
    for name in _PARAMETERS:
        for module in (torch_functional, functional):
            patches.wrap(module, name, functools.partial(observer.wrapped, name))
    for criterion in (nn.modules.loss._Loss, Criterion):
        patches.wrap(criterion, "__init__", observer.built)


class _Losses:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.calls: dict[tuple[Site, str], int] = {}

    def built(self, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def init(criterion: nn.Module, *args: Any, **kwargs: Any) -> None:
            original(criterion, *args, **kwargs)
            if self.engine.on and not here.thread.quiet:
                self.engine.quietly(lambda: self.engine.history.built.set(criterion, sites.here()))

        return init

    def wrapped(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def loss(*args: Any, **kwargs: Any) -> Any:
            if is_dynamo_compiling():
                return original(*args, **kwargs)
            thread = here.thread
            if thread.quiet or thread.in_backward or not self.engine.on:
                return original(*args, **kwargs)
            thread.quiet = True
            try:
                result = original(*args, **kwargs)
            except Exception as error:
                self.engine.quietly(self.observe, name, args, kwargs, None, error, sys._getframe(2))
                raise
            finally:
                thread.quiet = False
            history = self.engine.history
            watched = history.awake or history.calls.last is not None
            if watched or self.new(name, sys._getframe(2)) or not _ordinary(result):
                self.engine.quietly(self.observe, name, args, kwargs, result, None, sys._getframe(2))
            return result

        return loss

    def new(self, name: str, caller: FrameType) -> bool:
        """Return whether a line computes a loss for the first time."""
        frame = sites.user_frame(caller)
        return frame is not None and (sites.site_of(frame), name) not in self.calls

    def observe(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        result: Any,
        error: Exception | None,
        caller: FrameType,
    ) -> None:
        given = {**dict(zip(_PARAMETERS[name], args, strict=False)), **kwargs}
        input, target = given.get("input"), given.get("target")
        if not isinstance(input, Tensor) or not isinstance(target, Tensor):
            return
        if not (readable(input) and readable(target)):
            # Somebody is tracing.
            return
        history, site = self.engine.history, sites.here()
        number = self.calls.get((site, name), 0)
        self.calls[site, name] = number + 1
        loss = result[0] if isinstance(result, tuple) else result
        loss = loss if isinstance(loss, Tensor) else None

        on_cpu = input.device.type == "cpu"
        examined = _examined(number, on_cpu)
        value = None
        if loss is not None and loss.numel() == 1 and (on_cpu or examined):
            value = float(torch._C.TensorBase.item(loss))
        trace = LossTrace(name, site, _reduction(given), history.steps, target.shape[0] if target.ndim else 1)
        trace.value = value
        if loss is not None:
            leave_loss(loss, trace)
            history.last_loss = (weakref.ref(loss), trace)
            spoiled = value is not None and not isfinite(value)
            history.calls.loss(target, loss.requires_grad, here.thread.depth > 0, spoiled)
        elif history.calls.last is not None:
            # The call before it was meant to be trained on.
            history.calls.last.used = True
        odd = value is not None and not 0 < value < inf
        if look_swapped(input, target):
            if examined or error is not None:
                self.engine.emit(
                    LossSwapped(site, self.event(LossCall, given, trace, loss, value, error, caller, number))
                )
        elif examined or odd or error is not None or history.every_loss:
            kind = LossExamined if examined else LossCall
            self.engine.emit(self.event(kind, given, trace, loss, value, error, caller, number))

    def event(
        self,
        kind: type[LossCall],
        given: dict[str, Any],
        trace: LossTrace,
        result: Tensor | None,
        value: float | None,
        error: Exception | None,
        caller: FrameType,
        number: int,
    ) -> LossCall:
        input, target = given["input"], given["target"]
        softmax = trace.loss in ("cross_entropy", "nll_loss")
        dim = given.get("dim", 1)
        dim = _axis(input, 1 if dim is None else dim)
        ignore = given.get("ignore_index", -100 if softmax else None)
        classes = input.shape[dim] if input.ndim > dim else 0
        criterion = _criterion_of(caller)
        return kind(
            site=trace.site,
            loss=trace.loss,
            input=input,
            target=target,
            weight=_tensor(given.get("weight")),
            pos_weight=_tensor(given.get("pos_weight")),
            ignore_index=ignore,
            reduction=trace.reduction,
            label_smoothing=given.get("label_smoothing", 0.0),
            dim=dim,
            normalizer=given.get("normalizer"),
            smoothing_weight=given.get("smoothing_weight", "class"),
            result=result,
            error=error,
            built=trace.site if criterion is None else self.engine.history.built_at(criterion, trace.site),
            number=number,
            labels=Labels(target, ignore, classes),
            positions=input.numel() // max(classes, 1) if softmax else input.numel(),
            trace=trace,
            value=value,
        )


def _ordinary(result: Any) -> bool:
    """Return whether a loss is one of training, and nothing is odd about it as far as a glance tells."""
    if not isinstance(result, Tensor) or not result.requires_grad:
        return False
    return result.ndim > 0 or not result.is_cpu or isfinite(torch._C.TensorBase.item(result))


def _examined(number: int, on_cpu: bool) -> bool:
    if on_cpu:
        return number < _FIRST or number % _THEN_ONE_OF == 0
    return number < _FIRST_ELSEWHERE or number % _THEN_ONE_OF_ELSEWHERE == 0


def _criterion_of(frame: FrameType) -> nn.Module | None:
    """The criterion whose `forward` called a loss function."""
    code = frame.f_code
    if code.co_name != "forward" or not code.co_filename.startswith(_CRITERIA):
        return None
    module = frame.f_locals.get("self")
    return module if isinstance(module, nn.Module) else None


def _reduction(given: dict[str, Any]) -> str:
    size_average, reduce = given.get("size_average"), given.get("reduce")
    if size_average is None and reduce is None:
        return str(given.get("reduction", "mean"))
    if reduce is False:
        return "none"
    return "sum" if size_average is False else "mean"


def _axis(input: Tensor, dim: int) -> int:
    if input.ndim == 1:
        return 0
    return dim % input.ndim if input.ndim else 0


def _tensor(value: Any) -> Tensor | None:
    if value is None or isinstance(value, Tensor):
        return value
    return torch.as_tensor(value)
