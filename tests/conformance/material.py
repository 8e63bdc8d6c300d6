"""Torch's sample tables as one kind of `Case`: a call, its differentiable leaves, and where it came from."""

import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from unittest import mock

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

from .subject import FUNCTIONS, SUBJECTS

FLOATS = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
# What OpInfo lists beside them for log_softmax with a `dtype` to compute in, the only entry that takes more.
OTHERS = (
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.complex32,
    torch.complex64,
    torch.complex128,
)


@contextmanager
def _torch_left_as_found() -> Iterator[None]:
    """Importing torch's test tables freezes the backend flags and touches env, path, filters and seeds: undo that."""
    calls = {kind: kind.__call__ for kind in (torch._C.ScriptFunction, torch._C.ScriptMethod)}
    state = random.getstate()
    with (
        torch.random.fork_rng(devices=[]),
        warnings.catch_warnings(),
        mock.patch.dict(os.environ),
        mock.patch.object(sys, "path", list(sys.path)),
        mock.patch.object(torch.backends, "disable_global_flags"),
    ):
        try:
            yield
        finally:
            random.setstate(state)
            for kind, call in calls.items():
                kind.__call__ = call


@cache
def _tables() -> tuple[dict[str, Any], dict[str, Any]]:
    """OpInfo by `name[.variant]` and ModuleInfo by class name; imported late, since it takes five seconds."""
    with _torch_left_as_found():
        from torch.testing._internal.common_methods_invocations import op_db
        from torch.testing._internal.common_modules import module_db
    ops = {".".join(filter(None, (op.name, op.variant_test_name))): op for op in op_db}
    return ops, {info.module_cls.__name__: info for info in module_db}


def info_of(name: str) -> Any:
    """The OpInfo or ModuleInfo called `name`; skips the test where this torch has none."""
    ops, modules = _tables()
    info = (ops if name in FUNCTIONS else modules).get(name)
    if info is None or SUBJECTS[name].torch is None:
        pytest.skip(f"torch {torch.__version__} has no {name}")
    return info


@contextmanager
def _torch_speaking() -> Iterator[None]:
    """Torch's own warnings: a chunked call that falls back, of which ours has none, and what it says of complex."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "linear_cross_entropy: ``options`` ignored", UserWarning)
        warnings.filterwarnings("ignore", "Casting complex values to real", UserWarning)
        warnings.filterwarnings("ignore", "ComplexHalf support is experimental", UserWarning)
        yield


@dataclass(frozen=True)
class Arguments:
    """Positional and keyword arguments of one call."""

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One of torch's samples: what to call, with what, and (for a module) how to construct it."""

    id: str
    name: str
    dtype: torch.dtype
    call: Arguments
    build: Arguments | None = None
    # The module's parameters by name, so that ours and torch's compute with the same ones.
    state: dict[str, Tensor] = field(default_factory=dict)
    reference_fn: Callable[..., Any] | None = None
    # For a sample that must raise: (type, regular expression).
    error: tuple[type[Exception], str] | None = None

    @property
    def tensors(self) -> list[Tensor]:
        """Every tensor that the sample brings along."""
        build = () if self.build is None else (self.build.args, self.build.kwargs)
        leaves = tree_leaves((self.call.args, self.call.kwargs, self.state, build))
        return [x for x in leaves if isinstance(x, Tensor)]

    def module(self, of: str) -> torch.nn.Module:
        """A new module of "ours" or "torch" that holds the sample's parameters."""
        assert self.build is not None
        module = getattr(SUBJECTS[self.name], of)(*self.build.args, **self.build.kwargs)
        with torch.no_grad():
            for name, value in self.state.items():
                module.get_parameter(name).copy_(value)
        return module

    def bind(self, of: str) -> tuple[Callable[..., Tensor], tuple[Tensor, ...]]:
        """The loss of "ours" or "torch" as a function of its differentiable leaves, and these leaves."""
        flat, spec = tree_flatten((self.call.args, self.call.kwargs, self.state))
        places = [i for i, x in enumerate(flat) if isinstance(x, Tensor) and x.requires_grad]
        target = getattr(SUBJECTS[self.name], of) if self.build is None else self.module(of)

        def loss(*leaves: Tensor) -> Tensor:
            values = list(flat)
            for place, leaf in zip(places, leaves, strict=True):
                values[place] = leaf
            args, kwargs, state = tree_unflatten(values, spec)
            with _torch_speaking() if of == "torch" else nullcontext():
                if self.build is None:
                    return target(*args, **kwargs)
                return torch.func.functional_call(target, state, args, kwargs)

        # Copied, unless that would make a tensor contiguous which is not meant to be.
        leaves = (flat[i].detach() for i in places)
        return loss, tuple((x.clone() if x.is_contiguous() else x).requires_grad_() for x in leaves)

    def map(self, change: Callable[[Tensor], Tensor]) -> "Case":
        """The same sample with every tensor of its call and state changed."""

        def mapped(x: Any) -> Any:
            return change(x.detach()).requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x

        call = Arguments(tree_map(mapped, self.call.args), tree_map(mapped, self.call.kwargs))
        return replace(self, call=call, state=tree_map(mapped, self.state))

    def in_float64(self) -> "Case":
        """The sample for the float64 truth: floating tensors upcast, and no chunking."""

        def up(x: Any) -> Any:
            if isinstance(x, torch.dtype):
                return torch.float64
            if not isinstance(x, Tensor) or not x.is_floating_point():
                return x
            return x.detach().double().requires_grad_(x.requires_grad)

        def upcast(arguments: Arguments) -> Arguments:
            kwargs = {k: v for k, v in arguments.kwargs.items() if k != "options"}
            return Arguments(tree_map(up, arguments.args), tree_map(up, kwargs))

        build = None if self.build is None else upcast(self.build)
        return replace(self, call=upcast(self.call), build=build, state=tree_map(up, self.state))


def describe(arguments: Arguments) -> str:
    """Shapes and settings of a call, short enough for a test's message."""

    def short(x: Any) -> str:
        if isinstance(x, Tensor):
            return f"{'x'.join(map(str, x.shape)) or 'scalar'}:{str(x.dtype).removeprefix('torch.')}"
        return str(x).removeprefix("torch.")

    named = [f"{key}={short(value)}" for key, value in arguments.kwargs.items()]
    return " ".join([*map(short, arguments.args), *named])


@contextmanager
def _seeded() -> Iterator[None]:
    """The samples are drawn at random: the same ones on every run, and nobody else's numbers moved."""
    state = random.getstate()
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            random.seed(0)
            yield
    finally:
        random.setstate(state)


def _case_id(name: str, dtype: torch.dtype, number: int, text: str) -> str:
    return f"{name}/{str(dtype).removeprefix('torch.')}/{number:03d} {text}"


def _function_case(name: str, dtype: torch.dtype, number: int, sample: Any) -> Case:
    call = Arguments((sample.input, *sample.args), dict(sample.kwargs))
    return Case(_case_id(name, dtype, number, describe(call)), name, dtype, call)


def _module_case(name: str, dtype: torch.dtype, number: int, sample: Any, builds: bool = True) -> Case:
    build = Arguments(tuple(sample.constructor_input.args), dict(sample.constructor_input.kwargs))
    call = Arguments(tuple(sample.forward_input.args), dict(sample.forward_input.kwargs))
    text = f"{sample.desc or ''}({describe(build)})({describe(call)})"
    state = {}
    if builds:
        module = SUBJECTS[name].torch(*build.args, **build.kwargs)
        state = {key: p.detach().clone().requires_grad_() for key, p in module.named_parameters()}
    return Case(_case_id(name, dtype, number, text), name, dtype, call, build, state, sample.reference_fn)


@cache
def cases(name: str, dtype: torch.dtype) -> tuple[Case, ...]:
    """All of torch's samples for this function or module at this dtype."""
    info = info_of(name)
    differentiable = dtype.is_floating_point
    with _seeded(), _torch_speaking():
        if name in FUNCTIONS:
            samples = info.sample_inputs("cpu", dtype, requires_grad=differentiable)
            return tuple(_function_case(name, dtype, i, s) for i, s in enumerate(samples))
        samples = info.module_inputs_func(info, device="cpu", dtype=dtype, requires_grad=differentiable, training=True)
        return tuple(_module_case(name, dtype, i, s) for i, s in enumerate(samples))


@cache
def error_cases(name: str, dtype: torch.dtype) -> tuple[Case, ...]:
    """The calls that torch refuses, each with the error that it must raise."""
    info = info_of(name)
    with _seeded(), _torch_speaking():
        if name in FUNCTIONS:
            if info.error_inputs_func is None:
                return ()
            found = [
                (_function_case(name, dtype, i, e.sample_input), e) for i, e in enumerate(info.error_inputs("cpu"))
            ]
        elif info.module_error_inputs_func is None:
            return ()
        else:
            errors = info.module_error_inputs_func(info, device="cpu", dtype=dtype, requires_grad=True, training=True)
            found = [
                (_module_case(name, dtype, i, e.module_error_input, builds=False), e) for i, e in enumerate(errors)
            ]
    return tuple(replace(case, error=(e.error_type, e.error_regex)) for case, e in found)
