"""Calls of a training that no backward pass went through: evaluations, or batches that were dropped."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .traces import Call


class Dropped:
    """Tells an evaluation from a step that was cut short, for calls with gradients in training mode.

    The same place of the code trains on other batches. A step that was cut short there is one among many: an exception,
    a loss that is not finite, `continue`. An evaluation is a pass over other data, or a run of calls that comes again.
    """

    def __init__(self) -> None:
        # What ended the script, if it did not come to its end; what was not trained on by then might have been.
        self.ended_by: BaseException | None = None
        self._turns: Counter[Any] = Counter()
        self._last_trained = -1
        # Place → the passes over loaders whose batches were trained on.
        self._passes: dict[Any, set[Any]] = {}
        # Place → how many calls each run of those that were not trained on has; and the last of them.
        self._runs: dict[Any, list[int]] = {}
        self._before: dict[Any, int] = {}

    def count(self, call: Call) -> None:
        """A call was made."""
        call.turn = self._turns[call.place]
        self._turns[call.place] += 1

    def trained(self, call: Call) -> None:
        """A backward pass went through a call."""
        self._passes.setdefault(call.place, set()).add(call.loader)
        self._last_trained = max(self._last_trained, call.number)

    def left(self, call: Call) -> None:
        """A call was only looked at."""
        runs = self._runs.setdefault(call.place, [])
        if runs and self._before[call.place] == call.turn - 1:
            runs[-1] += 1
        else:
            runs.append(1)
        self._before[call.place] = call.turn

    def cut_short(self, call: Call) -> bool:
        """Tell whether a call began a step that did not come to its end; to be asked when all is over."""
        if not (call.grad and call.training):
            return False
        if call.spoiled or (call.number > self._last_trained and self._unfinished(call)):
            return True
        passes = self._passes.get(call.place)
        if passes is None:
            return False
        if (
            call.loader is not None
            and call.loader not in passes
            and not any(_alike(call.loader, one) for one in passes)
        ):
            return False
        lengths = Counter(self._runs.get(call.place, ()))
        length, times = max(lengths.items(), default=(0, 0))
        same_pass = call.loader is not None and call.loader in passes
        return same_pass or not (length > 1 and times > 1)

    def _unfinished(self, call: Call) -> bool:
        # Many a script that has come to its end says so by sys.exit.
        exits = isinstance(self.ended_by, SystemExit)
        return self.ended_by is not None and not (exits and call.decided)


def _alike(loader: Any, other: Any) -> bool:
    """Tell whether two passes are over the same data, as far as their loaders tell."""
    return other is not None and (loader.site, loader.rows) == (other.site, other.rows)
