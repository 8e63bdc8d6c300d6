"""The use of a model's outputs: trained on, or only looked at."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

from torch import Tensor

from . import graph
from .dropped import Dropped
from .sites import Site
from .traces import Call, CallTrace, Model, leave_call, tensors_in

# Backward passes whose graphs are walked to tell several outputs apart; later one of so many, others count as used.
_WALKS, _THEN_ONE_OF = 64, 8
_RECENT = 512
# Labels of a batch that are compared with a decision, at most.
_COMPARED = 4096


class Calls:
    """Follows the outputs of outermost module calls until it is known whether a backward pass goes through them.

    A call without a graph is settled when the next call is made; one with a graph when its graph is gone. `settled`
    hears of every call that was looked at (a loss, a decision, or eval mode) and not trained on.
    """

    def __init__(self, settled: Callable[[Call], None]) -> None:
        self._settled = settled
        self.open: dict[int, tuple[weakref.ref[CallTrace], Call]] = {}
        self._gone: deque[Call] = deque()
        self._walks = 0
        # The last call, until a decision was taken from it.
        self.undecided: Call | None = None
        self.last: Call | None = None
        # The calls that the last backward pass went through.
        self.trained: list[Call] = []
        # Model → the loader whose batches it was last trained on.
        self.trained_on: dict[Model, Any] = {}
        self._inner_loss = False
        self._decisions: list[tuple[weakref.ref[Tensor], Call]] = []
        # Calls in training mode without a graph: their decision may be the target of the loss that is trained on next.
        self._waiting: list[Call] = []
        # Lines whose calls are there to label data.
        self.labelling: set[Site] = set()
        self.dropped = Dropped()

    def made(self, call: Call, output: Any) -> None:
        """A call has returned."""
        self.settle()
        if self.last is not None and _same_input(self.last, call):
            call.repeats = self.last.repeats + 1
        if self.last is not None and not self.last.grad:
            if self.last.training and self.last.decided:
                self._waiting.append(self.last)
            else:
                self._settle(self.last)
        self.dropped.count(call)
        if call.grad:
            trace = CallTrace(call)
            call.grad = leave_call(output, trace)
            if call.grad and len(self.open) < _RECENT:
                ref = weakref.ref(trace, lambda _: self._gone.append(call))
                self.open[call.number] = (ref, call)
        if self._inner_loss:
            call.lossy = call.model.scored = True
            self._inner_loss = False
        self.last = self.undecided = call

    def backward(self, roots: tuple[Tensor, ...]) -> None:
        """A backward pass begins."""
        self.settle()
        self._settle_waiting()
        calls = [call for _, call in self.open.values() if not call.used]
        if len(calls) > 1:
            self._walks += 1
            if self._walks < _WALKS or self._walks % _THEN_ONE_OF == 0:
                calls = graph.calls_in(roots)
        for call in calls:
            call.used = True
            self.dropped.trained(call)
        self.trained = calls or self.trained
        for call in calls:
            self.open.pop(call.number, None)
            if call.batch_of is not None and call.training:
                self.trained_on[call.model] = call.batch_of

    def pause(self) -> None:
        """Forget the calls whose fate is open: what follows on them will not be seen."""
        self.settle()
        self._settle_waiting()
        self.open.clear()
        self._decisions.clear()
        self.trained = []
        self.last = self.undecided = None

    def passed(self) -> None:
        """A training call was made that is not observed: what follows is not about the last one that was."""
        if self.last is not None and not self.last.grad:
            self._settle(self.last)
        self.last = self.undecided = None

    def unseen(self, roots: tuple[Tensor, ...]) -> None:
        """A backward pass begins while training calls are not observed; those in eval mode are."""
        if self.open:
            self.backward(roots)
        else:
            self.trained = []

    def loss(self, target: Tensor, trains: bool, inside: bool, spoiled: bool = False) -> None:
        """A loss was computed: after the last call, or inside of the one that has not returned yet."""
        if inside:
            self._inner_loss = True
        elif self.last is not None:
            self.last.lossy = self.last.model.scored = True
            self.last.spoiled = self.last.spoiled or spoiled
        if trains and self._decisions:
            # The model's own decision as the target: it is training, though on a call without gradients.
            for ref, call in self._decisions:
                decision = ref()
                if decision is not None and decision.numel() and _taken_from(target, decision):
                    call.pseudo = True
                    self.labelling.add(call.site)

    def decision(self, result: Any) -> None:
        """A class was chosen from the output of the last call."""
        call = self.undecided
        if call is None or (result is None and not call.model.scored):
            # What a generator makes goes to NumPy too; only scores that losses are computed from are decided there.
            return
        call.decided = True
        self.undecided = None
        self._decisions = [(ref, of) for ref, of in self._decisions if ref() is not None and not of.used]
        self._decisions += [(weakref.ref(tensor), call) for tensor in tensors_in(result)]

    def settle(self) -> None:
        """Settle the calls whose graphs are gone."""
        while self._gone:
            call = self._gone.popleft()
            self.open.pop(call.number, None)
            self._settle(call)

    def _settle_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            self._settle(call)

    def finish(self) -> None:
        """Settle every call."""
        self.settle()
        self._settle_waiting()
        rest = [call for _, call in self.open.values()]
        if self.last is not None and not self.last.grad:
            rest.append(self.last)
        for call in rest:
            self._settle(call)

    def _settle(self, call: Call) -> None:
        looked_at = call.decided or call.lossy or (call.grad and not call.training)
        if looked_at and not call.used and not call.pseudo:
            self.dropped.left(call)
            self._settled(call)
        # Once is enough.
        call.used = True


def _same_input(before: Call, call: Call) -> bool:
    if before.input is None or call.input is None or before.step != call.step:
        return False
    # The same slice, taken anew, is another tensor; its base lives as long as this call's input.
    if before.base is not None and call.base is not None and before.base[1] == call.base[1]:
        return call.base[0]() is not None and before.base[0]() is call.base[0]()
    return call.input() is not None and before.input() is call.input()


def _taken_from(target: Tensor, decision: Tensor) -> bool:
    """Tell whether labels are a decision: its own memory, or some of its values in their order (`pseudo[mask]`)."""
    if decision.data_ptr() == target.data_ptr():
        return True
    if decision.is_floating_point() or target.is_floating_point() or target.device.type != "cpu":
        return False
    if decision.ndim != 1 or target.ndim != 1 or not 0 < target.numel() <= decision.numel() <= _COMPARED:
        return False
    rest = iter(decision.tolist())
    return all(label in rest for label in target.tolist())
