"""The calls of crossent's operators that a loss makes, with their buffers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

OperatorCall = tuple[Any, tuple[Any, ...]]


class Recorder(TorchDispatchMode):
    """Notes every call of an operator of crossent."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[OperatorCall] = []

    def __torch_dispatch__(self, operator: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if operator.namespace == "crossent":
            operator(*args)
            # Buffers as this call leaves them: a later one may write to them again. Without gradients, which are those
            # of the autograd.Function around the operator, not the operator's own.
            call = operator, tree_map_only(Tensor, Tensor.detach, args)
            self.calls.append(_with_buffers(call, Tensor.clone))
            return None
        return operator(*args, **(kwargs or {}))


@contextmanager
def recorded() -> Iterator[list[OperatorCall]]:
    """The operator calls that happen inside."""
    with Recorder() as recorder:
        yield recorder.calls


def written(call: OperatorCall) -> list[Any]:
    """The buffers that a call writes to: tensors, lists of tensors, or None."""
    operator, arguments = call
    return [
        value
        for value, a in zip(arguments, operator._schema.arguments, strict=True)
        if a.alias_info is not None and a.alias_info.is_write
    ]


def poisoned(call: OperatorCall) -> OperatorCall:
    """The same call with buffers that hold nonsense: NaN, or where there is none the opposite of what was written."""

    def spoil(x: Tensor) -> Tensor:
        if x.is_floating_point():
            return torch.full_like(x, float("nan"))
        return ~x if x.dtype == torch.bool else torch.full_like(x, -77)

    return _with_buffers(call, spoil)


def _with_buffers(call: OperatorCall, change: Any) -> OperatorCall:
    operator, arguments = call
    return operator, tuple(
        tree_map_only(Tensor, change, value) if a.alias_info is not None and a.alias_info.is_write else value
        for value, a in zip(arguments, operator._schema.arguments, strict=True)
    )
