"""Nested states as JSON and tensors, without pickle: nothing that is read back can run code."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ...wording import listed
from ..errors import ModelError

_TENSOR, _ITEMS, _TUPLE = "__tensor__", "__items__", "__tuple__"


def pack(tree: Any) -> tuple[Any, dict[str, Tensor]]:
    """A tree of dicts, lists, tuples, numbers and tensors as what JSON can hold, and its tensors by name.

    Example::

        >>> import torch
        >>> skeleton, tensors = pack({"step": 3, "state": {0: (torch.ones(2), None)}})
        >>> sorted(tensors)
        ['state.0.0']
        >>> unpack(skeleton, tensors)
        {'step': 3, 'state': {0: (tensor([1., 1.]), None)}}
    """
    tensors: dict[str, Tensor] = {}

    def walk(value: Any, path: str) -> Any:
        if isinstance(value, Tensor):
            # Parts of one storage, such as weights that are tied, become tensors of their own.
            tensors[path] = whole(value.detach()).contiguous()
            return {_TENSOR: path}
        if isinstance(value, dict):
            items = {key: walk(item, f"{path}.{key}" if path else str(key)) for key, item in value.items()}
            return items if all(isinstance(key, str) for key in items) else {_ITEMS: list(map(list, items.items()))}
        if isinstance(value, (list, tuple)):
            walked = [walk(item, f"{path}.{index}") for index, item in enumerate(value)]
            return {_TUPLE: walked} if isinstance(value, tuple) else walked
        return value

    return walk(tree, ""), tensors


def unpack(skeleton: Any, tensors: dict[str, Tensor]) -> Any:
    """The tree again."""
    if isinstance(skeleton, list):
        return [unpack(item, tensors) for item in skeleton]
    if not isinstance(skeleton, dict):
        return skeleton
    if _TENSOR in skeleton:
        return tensors[skeleton[_TENSOR]]
    if _TUPLE in skeleton:
        return tuple(unpack(item, tensors) for item in skeleton[_TUPLE])
    if _ITEMS in skeleton:
        return {key: unpack(item, tensors) for key, item in skeleton[_ITEMS]}
    return {key: unpack(item, tensors) for key, item in skeleton.items()}


def whole(tensor: Tensor) -> Tensor:
    """A tensor that is spread over processes, put together in each of them; another one as it is."""
    gather = getattr(tensor, "full_tensor", None)
    gathered: Tensor = tensor if gather is None else gather()
    return gathered


def spread_like(tensor: Tensor, example: Tensor) -> Tensor:
    """A whole tensor spread over processes as the example is."""
    if not hasattr(example, "full_tensor"):
        return tensor
    from torch.distributed.tensor import DTensor, distribute_tensor

    assert isinstance(example, DTensor)
    spread: Tensor = distribute_tensor(tensor.to(example.device), example.device_mesh, example.placements)
    return spread


def model_tensors(model: nn.Module) -> dict[str, Tensor]:
    """A model's state by name, each storage once: of tied weights the first name stands for all."""
    return _apart({name: whole(value.detach()).contiguous() for name, value in _first_names(model).items()})


def _first_names(model: nn.Module) -> dict[str, Tensor]:
    """The tensors of a model's state as they lie, tied ones by their first name."""
    named: dict[str, Tensor] = {}
    seen: set[tuple[Any, ...]] = set()
    for name, value in model.state_dict().items():
        if isinstance(value, Tensor):
            # Of a tensor that is spread over processes only the part here has an address: it may be the same by chance.
            spread = hasattr(value, "full_tensor")
            place = (name,) if spread else (value.data_ptr(), value.shape, value.stride())
            if value.numel() == 0 or place not in seen:
                named[name] = value
            seen.add(place)
    return named


def _apart(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    # What shares a storage without being the same tensor, such as slices of one buffer, is copied.
    owners: dict[int, str] = {}
    for name, tensor in tensors.items():
        owner = owners.setdefault(tensor.untyped_storage().data_ptr(), name)
        if owner != name or tensor.untyped_storage().nbytes() != tensor.numel() * tensor.element_size():
            tensors[name] = tensor.clone()
    return tensors


@torch.no_grad()
def load_model_tensors(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Copy a state into a model, whether or not it is spread over processes.

    Raises:
        ModelError: the names or shapes are not those of the model.
    """
    for name, value in (*model.named_parameters(), *model.named_buffers()):
        # Of a lazy module that has not seen a batch yet.
        if is_lazy(value) and name in tensors:
            value.materialize(tensors[name].shape)
    state = {name: value for name, value in model.state_dict().items() if isinstance(value, Tensor)}
    missing, extra = sorted(_first_names(model).keys() - tensors.keys()), sorted(tensors.keys() - state.keys())
    if missing or extra:
        raise ModelError(f"the weights are of another model: {_differences(missing, extra)}")
    for name, tensor in tensors.items():
        target = state[name]
        if target.shape != tensor.shape:
            raise ModelError(
                f"the weights are of another model: {name} is {tuple(tensor.shape)} in the file and "
                f"{tuple(target.shape)} in the model"
            )
        target.copy_(spread_like(tensor.to(target.dtype), target))


def _differences(missing: list[str], extra: list[str]) -> str:
    """The first three names of each kind, and how many more there are."""
    if not missing:
        return f"with {listed(extra, 3)}"
    without = listed(missing, 3)
    return f"without {without}, with {listed(extra, 3)}" if extra else f"without {without}"


def load_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Go on from an optimizer's state, spread as its parameters are."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for index, values in state["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor) and value.shape == parameters[index].shape:
                values[name] = spread_like(value, parameters[index])
    # Which of torch's implementations steps is a matter of where a run runs, not of its state.
    flags = ("fused", "foreach")
    own: list[dict[str, Any]] = [
        {name: group[name] for name in flags if name in group} for group in optimizer.param_groups
    ]
    optimizer.load_state_dict(state)
    for group, kept in zip(optimizer.param_groups, own, strict=True):
        group.update(kept)
