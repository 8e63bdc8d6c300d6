"""Events of a script, as checks hear of them: not frozen (twice the time), and kept by none, as they hold tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from .history import Loader
from .labels import Labels
from .sites import Site
from .traces import Call, LossTrace


@dataclass(eq=False)
class Event:
    """Something that the script did at a line of its own."""

    site: Site


@dataclass(eq=False)
class LossCall(Event):
    """A loss was computed, or has failed to be: the first calls of a line, and later those that anything is odd about.

    `loss` is torch's name of it; `input` and `target` are what it got, `weight` to `normalizer` its options. `result`
    is None after an `error`; `value` is that of a scalar that is read without waiting for a GPU. `built`: where the
    criterion was built, or called. `number` counts the calls of this line from 0; `positions` are what the loss has one
    value for.
    """

    loss: str
    input: Tensor
    target: Tensor
    weight: Tensor | None
    pos_weight: Tensor | None
    ignore_index: float | None
    reduction: str
    label_smoothing: float
    dim: int
    normalizer: Any
    smoothing_weight: str
    result: Tensor | None
    error: Exception | None
    built: Site
    number: int
    labels: Labels
    positions: int
    trace: LossTrace
    value: float | None

    @property
    def of_classes(self) -> bool:
        """Softmax family (cross_entropy, nll_loss) or sigmoid family."""
        return self.loss in ("cross_entropy", "nll_loss")

    @property
    def takes_part(self) -> bool:
        """True if a backward pass could follow."""
        return self.result is not None and self.result.requires_grad


@dataclass(eq=False)
class LossExamined(LossCall):
    """A loss call whose tensors may be read: the first ones of a line, and some of the later ones. A `LossCall` too."""


@dataclass(eq=False)
class LossSwapped(Event):
    """A loss got its target for its input: no `LossCall` is told of, as nothing else of it can be judged."""

    call: LossCall


@dataclass(eq=False)
class LossBroadcast(Event):
    """A loss of torch that compares value by value got an input and a target of different shapes."""

    loss: str
    input: Tensor
    target: Tensor


@dataclass(eq=False)
class DivergenceCall(Event):
    """`F.kl_div` was called, with an input that has a graph."""

    input: Tensor
    target: Tensor
    log_target: bool


@dataclass(eq=False)
class BackwardStarted(Event):
    """A backward pass begins at `roots`; `losses` are the traces in the graph, with their factors (None if unknown)."""

    roots: tuple[Tensor, ...]
    losses: list[tuple[LossTrace, float | None]]
    number: int


class BackwardEnded(Event):
    """A backward pass is done and has filled `.grad`."""


@dataclass(eq=False)
class OptimizerBuilt(Event):
    """An optimizer got parameters: by its constructor or, later, by `add_param_group`."""

    optimizer: Optimizer


@dataclass(eq=False)
class StepStarted(Event):
    """`optimizer.step()` begins; `number` counts the steps of this optimizer from 0."""

    optimizer: Optimizer
    number: int


@dataclass(eq=False)
class StepEnded(Event):
    """`optimizer.step()` is done; `number` as in `StepStarted`."""

    optimizer: Optimizer
    number: int


@dataclass(eq=False)
class GradientsClipped(Event):
    """The gradients of `parameters` are about to be clipped, at a norm or a value of `limit`."""

    parameters: list[Tensor]
    limit: float


@dataclass(eq=False)
class GradientsUnscaled(Event):
    """A gradient scaler is about to divide the gradients of an optimizer by its factor."""

    optimizer: Optimizer
    scaler: Any


class ObservationPaused(Event):
    """The steps until the next window will not be observed: what a check followed from step to step has ended here."""


@dataclass(eq=False)
class ModuleCalled(Event):
    """An outermost call of a module with parameters, not of a criterion, has returned: the first ones of a script."""

    module: nn.Module
    call: Call


@dataclass(eq=False)
class ModelEvaluated(Event):
    """A call has turned out to be only looked at: a loss or a decision (or eval mode), and no backward pass."""

    call: Call


@dataclass(eq=False)
class TokensEmbedded(Event):
    """An embedding of so many words was looked up for `ids`, with a graph; `padding` is the id of nothing."""

    ids: Tensor
    padding: int
    words: int


@dataclass(eq=False)
class AttentionComputed(Event):
    """Torch's attention ran over `keys` = (steps, rows), with a graph; `masked` if it was given any mask."""

    keys: tuple[int, int]
    masked: bool


@dataclass(eq=False)
class SequenceRead(Event):
    """A recurrent layer read `input` (3 axes), and gave `output` and its last `state`; or attention did, stateless."""

    layer: nn.RNNBase | nn.MultiheadAttention
    input: Tensor
    output: Tensor
    state: Tensor


@dataclass(eq=False)
class DecisionTaken(Event):
    """A class is chosen after the last call of a model: by `name` (argmax, max, gt, …) with these arguments."""

    call: Call
    name: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]


@dataclass(eq=False)
class SchedulerBuilt(Event):
    """A learning-rate scheduler was built."""

    scheduler: Any


@dataclass(eq=False)
class SchedulerStepped(Event):
    """`scheduler.step(…)` is about to run; `built` is the line that built the scheduler."""

    scheduler: Any
    built: Site
    arguments: tuple[Any, ...]


@dataclass(eq=False)
class StateTaken(Event):
    """`module.state_dict()` has returned `state`."""

    module: nn.Module
    state: Any


@dataclass(eq=False)
class StateUsed(Event):
    """Weights are about to be loaded into `module`, or (None) saved to a file; `state` holds them."""

    module: nn.Module | None
    state: Any


@dataclass(eq=False)
class StateMatched(Event):
    """`module.load_state_dict(…)` has returned: how many entries it loaded, and how many it was given."""

    module: nn.Module
    loaded: int
    given: int


class CopiedOntoItself(Event):
    """`tensor.copy_(…)` was given the memory of the tensor itself."""


@dataclass(eq=False)
class FileLoaded(Event):
    """`torch.load` has returned `thing`."""

    thing: Any


@dataclass(eq=False)
class OptimizerStateUsed(Event):
    """A state is about to be loaded into an optimizer."""

    optimizer: Optimizer


@dataclass(eq=False)
class WeightDrawn(Event):
    """A function of `torch.nn.init` has written into a tensor."""

    tensor: Tensor


@dataclass(eq=False)
class PassStarted(Event):
    """A pass over a DataLoader begins, that was built at `site`; `facts` are what its batches will be known by."""

    loader: Any
    facts: Loader


@dataclass(eq=False)
class BatchDrawn(Event):
    """A DataLoader, built at `site`, gives a batch; `first` marks the first one of a pass over the data."""

    first: bool
    batch: Any


@dataclass(eq=False)
class ValueRead(Event):
    """The value of a loss was read: `.item()` or `float()`."""

    tensor: Tensor
    value: float
    trace: LossTrace


@dataclass(eq=False)
class ScriptFailed(Event):
    """The script died of `error`, raised below `site`."""

    error: BaseException
