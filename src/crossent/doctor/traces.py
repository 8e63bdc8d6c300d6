"""Traces that observation leaves in an autograd graph, so that a later event can tell where a tensor came from.

A trace hangs in the metadata of a graph node and dies with it: nothing is kept alive, and that a trace is still alive
proves that the graph is.
"""

from __future__ import annotations

import weakref
from typing import Any

from torch import Tensor, nn

from .sites import Site

# The loss of a trace that no function known to us has made.
OWN = "a loss of your own"

# So many calls with one input, and without a step in between, want the randomness of dropout.
_WANTED = 2

_LOSS, _CALL = "crossent.doctor.loss", "crossent.doctor.call"


class LossTrace:
    """One computed loss: which, where, when, of how many rows, and what a mean was divided by (None: not counted)."""

    __slots__ = ("__weakref__", "backward", "divisor", "loss", "reduction", "rows", "site", "step", "uneven", "value")

    def __init__(self, loss: str, site: Site, reduction: str, step: int, rows: int) -> None:
        self.loss = loss
        self.site = site
        self.reduction = reduction
        self.step = step
        self.rows = rows
        self.divisor: float | None = None
        # Whether that is something else than the number of positions: class weights, or labels that do not count.
        self.uneven = False
        # Of a scalar that could be read without waiting for a GPU.
        self.value: float | None = None
        # Number of the backward pass that went through it.
        self.backward: int | None = None


class Model:
    """Facts about a module that was called; they outlive the module."""

    __slots__ = ("asked", "name", "scored", "sensitive", "trained")

    def __init__(self, name: str) -> None:
        self.name = name
        # Whether an optimizer has parameters of it; which of its parts act differently in training mode.
        self.trained = False
        # How often optimizers had been given parameters when that was last asked.
        self.asked = -1
        # Whether a loss has been computed from its output.
        self.scored = False
        self.sensitive: list[str] = []


class Call:
    """One outermost call of a module: its mode, and what became of its output."""

    __slots__ = (
        "base",
        "batch_of",
        "decided",
        "grad",
        "input",
        "loader",
        "lossy",
        "model",
        "modes",
        "module",
        "number",
        "output",
        "place",
        "pseudo",
        "repeats",
        "site",
        "spoiled",
        "step",
        "training",
        "turn",
        "used",
    )

    def __init__(
        self,
        module: nn.Module,
        model: Model,
        site: Site,
        grad: bool,
        step: int,
        number: int,
        input: Any,
        modes: list[tuple[str, bool, Site]],
    ) -> None:
        self.module = weakref.ref(module)
        self.model = model
        self.training = module.training
        self.site = site
        # Whether a graph was recorded.
        self.grad = grad
        self.step = step
        self.number = number
        # Functions that act differently in training mode, as they were called: dropout, whether it was on, and where.
        self.modes = tuple(dict.fromkeys(modes))
        self.input = weakref.ref(input) if isinstance(input, Tensor) else None
        # Of a slice: what it is of, and which part.
        base = input._base if isinstance(input, Tensor) else None
        self.base = None if base is None else (weakref.ref(base), (input.storage_offset(), input.shape))
        self.output: weakref.ref[Tensor] | None = None
        # A backward pass went through it; a loss was computed from it; a class was decided from it; that was a target.
        self.used = False
        self.lossy = False
        self.decided = False
        self.pseudo = False
        # How many calls just before it had the same input, without a step in between.
        self.repeats = 0
        # Its loss was not finite: nobody would train on it.
        self.spoiled = False
        # Where it was made, from which pass over which loader, and how many calls that place had seen before.
        self.place: Any = site
        self.loader: Any = None
        # The loader that gave the batch which it was called with, as far as the order of events tells.
        self.batch_of: Any = None
        self.turn = 0

    @property
    def wants_randomness(self) -> bool:
        """True for one of several with the same input, as Monte Carlo dropout makes them."""
        return self.repeats >= _WANTED


class CallTrace:
    """A trace in the graph of a call's output; the graph is alive as long as this is."""

    __slots__ = ("__weakref__", "call")

    def __init__(self, call: Call) -> None:
        self.call = call


def _metadata(node: Any) -> dict[str, Any]:
    # A property, declared as a method in torch's types.
    metadata: dict[str, Any] = node.metadata
    return metadata


def leave_loss(tensor: Tensor, trace: LossTrace) -> None:
    """Put a trace into the graph of a loss; nothing where there is no graph."""
    if tensor.grad_fn is not None:
        _metadata(tensor.grad_fn)[_LOSS] = trace


def leave_call(output: Any, trace: CallTrace) -> bool:
    """Put a trace into the graph of every tensor of a module's output; returns whether there was any graph."""
    left = False
    for tensor in tensors_in(output):
        if tensor.grad_fn is not None:
            _metadata(tensor.grad_fn)[_CALL] = trace
            left = True
    return left


def leave_mark(tensor: Tensor, name: str, mark: Any) -> None:
    """Put a mark of a check into the graph of a tensor; nothing where there is no graph."""
    if tensor.grad_fn is not None:
        _metadata(tensor.grad_fn)[f"crossent.doctor.{name}"] = mark


def mark_at(node: Any, name: str) -> Any:
    """The mark of a check at a graph node, None if there is none."""
    return _metadata(node).get(f"crossent.doctor.{name}")


def loss_at(node: Any) -> LossTrace | None:
    """The trace of the loss that a graph node ends."""
    found: LossTrace | None = _metadata(node).get(_LOSS)
    return found


def call_at(node: Any) -> Call | None:
    """The module call that a graph node ends."""
    found: CallTrace | None = _metadata(node).get(_CALL)
    return found.call if found is not None else None


def tensors_in(value: Any, limit: int = 16) -> list[Tensor]:
    """The tensors of a model's output: alone, in tuples, lists and dicts, or as the attributes of an output object."""
    if isinstance(value, Tensor):
        return [value]
    found: list[Tensor] = []
    rest = [value]
    while rest and len(found) < limit:
        one = rest.pop()
        if isinstance(one, Tensor):
            found.append(one)
        elif isinstance(one, dict):
            rest.extend(one.values())
        elif isinstance(one, (tuple, list)) and len(one) <= 64:
            rest.extend(one)
        elif hasattr(one, "__dataclass_fields__"):
            rest.extend(vars(one).values())
    return found
