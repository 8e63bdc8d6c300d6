"""Registration with torch's dispatcher: under `torch.compile` an operator is one opaque node of the graph.

An operator is a function that writes into buffers and returns nothing; its schema is that of its annotations. Options
and bundles of tensors (dataclasses, NamedTuples) travel whole; through the dispatcher they go field by field.

Where nobody watches, the function is called directly: the way through the dispatcher and back into Python takes 10 µs,
twice as long as the kernel of a small loss.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import is_dataclass
from typing import Any, NamedTuple, get_type_hints

import torch
from torch import Tensor
from torch.library import infer_schema
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack

from ..kernels import pending

_LIBRARY = torch.library.Library("crossent", "DEF")
_SHAPE = tuple[int, ...]
_PLAIN = (Tensor, torch.nn.Parameter)


class _Leaf(NamedTuple):
    """One argument of a schema: the number of the function's argument that it lies in, its way there, its type."""

    number: int
    names: tuple[str, ...]
    kind: Any

    @property
    def name(self) -> str:
        """Its name in the schema."""
        return "_".join(self.names)

    def of(self, arguments: Sequence[Any]) -> Any:
        """Its value in a call."""
        value = arguments[self.number]
        for name in self.names[1:]:
            value = getattr(value, name)
        return value


def operator(name: str, *writes: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Define `crossent::name` by a function that writes to these of its arguments, or their fields ("results.loss")."""

    def define(function: Callable[..., None]) -> Callable[..., None]:
        kinds = {parameter: get_type_hints(function)[parameter] for parameter in inspect.signature(function).parameters}
        leaves = [leaf for n, (key, kind) in enumerate(kinds.items()) for leaf in _leaves(n, (key,), kind)]
        first = next(leaf for leaf in leaves if leaf.kind is Tensor).of
        run = _raising_first(function) if name.endswith("_forward") else function
        _LIBRARY.define(name + _schema(leaves, writes), tags=torch.Tag.pt2_compliant_tag)

        @torch.no_grad()  # Called by itself, from a traced graph, it may meet tensors that ask for gradients.
        def from_fields(*values: Any) -> None:
            left = iter(values)
            run(*[_rebuilt(kind, left) for kind in kinds.values()])

        _LIBRARY.impl(name, from_fields, "CompositeExplicitAutograd")
        # Buffers are allocated by the caller, so there is no shape to infer.
        _LIBRARY.impl(name, lambda *values: None, "Meta")
        dispatched = getattr(torch.ops.crossent, name).default

        def call(*arguments: Any) -> None:
            tensor = first(arguments)
            if _unwatched(tensor) or _only_counted(tensor):
                run(*arguments)
            else:
                dispatched(*[leaf.of(arguments) for leaf in leaves])

        return call

    return define


def _raising_first(function: Callable[..., None]) -> Callable[..., None]:
    """Raise what a device has found so far: here, for of a graph that is compiled nothing but its operators runs."""

    def run(*arguments: Any) -> None:
        pending.raise_found()
        function(*arguments)

    return run


def _schema(leaves: Sequence[_Leaf], writes: Sequence[str]) -> str:
    def prototype() -> None: ...

    place = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(x.name, place, annotation=_known(x.kind)) for x in leaves]
    prototype.__signature__ = inspect.Signature(parameters, return_annotation=None)  # type: ignore[attr-defined]
    written = [x.name for x in leaves if any(f"{'.'.join(x.names)}.".startswith(f"{path}.") for path in writes)]
    return infer_schema(prototype, mutates_args=written)


def _known(kind: Any) -> Any:
    """A type as torch 2.6 knows it: of the sequences only that of `typing`."""
    known: Any = typing.Sequence
    return known[typing.get_args(kind)] if typing.get_origin(kind) is Sequence else kind


def _leaves(number: int, names: tuple[str, ...], kind: Any) -> Iterator[_Leaf]:
    fields = _fields(kind)
    if fields is None:
        # Of tuples the dispatcher knows nothing.
        yield _Leaf(number, names, Sequence[int] if kind == _SHAPE else kind)
        return
    for field, of_field in fields.items():
        yield from _leaves(number, (*names, field), of_field)


def _rebuilt(kind: Any, values: Iterator[Any]) -> Any:
    """An argument from the next values of its leaves."""
    fields = _fields(kind)
    if fields is None:
        return tuple(next(values)) if kind == _SHAPE else next(values)
    return kind(*[_rebuilt(of_field, values) for of_field in fields.values()])


def _fields(kind: Any) -> dict[str, Any] | None:
    """Names and types of the fields of a bundle; None for what the dispatcher takes as it is."""
    return get_type_hints(kind) if is_dataclass(kind) or hasattr(kind, "_fields") else None


def _only_counted(tensor: Any) -> bool:
    """Return whether nobody watches but counters of floating point operations: they know torch's products, not ours."""
    # First, for a compiler would guard what it sees of the modules.
    if torch.compiler.is_compiling():
        return False
    counters = sys.modules.get("torch.utils.flop_counter")
    if counters is None or type(tensor) not in _PLAIN:
        return False
    # The mode on the stack is the counter itself up to torch 2.6, and one of its own since.
    names = ("FlopCounterMode", "_FlopCounterMode")
    kinds = tuple(getattr(counters, name) for name in names if hasattr(counters, name))
    modes = _get_current_dispatch_mode_stack()
    return bool(modes) and all(isinstance(mode, kinds) for mode in modes)


def _unwatched(tensor: Any) -> bool:
    """Return whether no compiler, tracer, dispatch mode, profiler or tensor subclass would see the operator go by."""
    return (
        not torch.compiler.is_compiling()
        and type(tensor) in _PLAIN
        and torch._C._len_torch_dispatch_stack() == 0
        and torch._C._get_tracing_state() is None
        and not torch._C._autograd._profiler_enabled()
    )
