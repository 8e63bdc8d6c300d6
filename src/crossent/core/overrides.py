"""Let stand-ins for tensors, such as the proxies of `torch.fx`, take part as they do in torch's own functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from torch import Tensor
from torch.overrides import handle_torch_function, has_torch_function_variadic

F = TypeVar("F", bound=Callable[..., Any])


def overridable(function: F) -> F:
    """Hand a call over to `__torch_function__` of its first argument, where that stands in for a tensor."""

    @functools.wraps(function)
    def call(input: Any, *args: Any, **kwargs: Any) -> Any:
        # Subclasses of Tensor go on: torch's conversion of results would take a Stats apart.
        if not isinstance(input, Tensor) and has_torch_function_variadic(input):
            return handle_torch_function(call, (input,), input, *args, **kwargs)
        return function(input, *args, **kwargs)

    return cast(F, call)
