"""The sums that the losses of batches go into, and the batches of each: what two checks judge."""

from __future__ import annotations

import ast
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite, prod
from types import FrameType
from typing import ClassVar

from .. import scopes, sites, source
from ..averaging import counted, of_rows, statements
from ..evaluating import is_empty, number
from ..events import LossCall, ValueRead
from ..history import History, Loader
from ..sites import Site
from ..summing import Sum, sum_of
from ..traces import OWN
from .accumulation_mean import divisor

# Running functions that are followed, sums of one line that are open at once, and batches that are kept of each.
_FRAMES, _OPEN, _KEPT = 5, 3, 4096
# Batches by which it is known whether weights or ignored labels play a part.
_EXAMINED = 16


@dataclass
class Pass:
    """The batches that went into one sum: of each (loss, positions, what its mean was divided by, what the code
    multiplies it by)."""

    frame: int
    loader: Loader | None
    batches: list[tuple[float, int, float, float]] = field(default_factory=list)
    # Of all batches, also those whose loss is not kept.
    count: int = 0
    rows: int = 0
    divided_by: float | None = None

    @property
    def over_rows(self) -> bool | None:
        """True if the sum is divided by the number of rows rather than of batches; None if that cannot be told."""
        divided, mean = self.divided_by, self.rows / max(self.count, 1)
        if divided is None or mean < 1.5:
            return None
        if self.loader is not None and self.loader.rows is not None and divided == self.loader.rows:
            return True
        # A short last batch may have been dropped.
        return 0 <= divided - self.rows < mean or None


@dataclass
class EpochSum:
    """A line that adds up losses, of which function of the loss, and every pass that it has added up."""

    sum: Sum
    # "rows" or "batches" where the code of the divisor says it.
    counts: str | None
    # What each loss is multiplied by: nothing or a known number, its rows, or something else.
    factor: str | None
    passes: list[Pass] = field(default_factory=list)
    reads: bool = False

    def over_rows(self, one: Pass) -> bool:
        """Tell whether a pass is divided by the number of its rows."""
        return self.counts == "rows" or (self.counts is None and one.over_rows is True)


class EpochSums:
    """Collects them, once for all checks of an observation."""

    _all: ClassVar[weakref.WeakKeyDictionary[History, EpochSums]] = weakref.WeakKeyDictionary()

    @classmethod
    def of(cls, history: History) -> EpochSums:
        """The sums of an observation."""
        return cls._all.setdefault(history, EpochSums(history))

    def __init__(self, history: History) -> None:
        self.history = weakref.proxy(history)
        self.known: dict[tuple[Site, ...], EpochSum | None] = {}
        self.of_loss: dict[Site, list[EpochSum]] = {}
        self.last_trace: object = None
        # Whether all means of a loss were divided by the number of its positions, how many there are per row, and after
        # how many calls that was known.
        self.plain: dict[Site, tuple[bool, float, int]] = {}

    def loss(self, event: LossCall) -> None:
        """A mean over a batch was computed."""
        if event.reduction != "mean" or event.value is None or not isfinite(event.value):
            return
        total = divisor(event)
        plain, _, calls = self.plain.get(event.site, (True, 1.0, 0))
        per_row = event.positions / max(event.trace.rows, 1)
        self.plain[event.site] = (plain and total == event.positions, per_row, calls + 1)
        frames = scopes.frames(_FRAMES, 2)
        stack = tuple(sites.site_of(frame) for frame in frames)
        if stack not in self.known:
            found = self.known[stack] = self._begin(event.site, list(stack))
            if found is not None and ".item()" not in found.sum.text:
                # Nothing else tells of the batches of a sum of tensors.
                self.history.every_loss = True
        one = self.known[stack]
        if one is not None and total > 0:
            self.last_trace = event.trace
            self._add(one, frames, event.value, event.trace.rows, (event.positions, total))

    def _begin(self, site: Site, stack: list[Site], *, read: bool = False) -> EpochSum | None:
        found = sum_of(stack, read=read)
        if found is None:
            return None
        same = next((one for one in self.of_loss.get(site, ()) if one.sum.site == found.site), None)
        if same is None:
            same = EpochSum(
                found, counted(found.division, found.holder, found.site), "other" if found.factors else "one"
            )
            self.of_loss.setdefault(site, []).append(same)
        return same

    def value(self, event: ValueRead) -> None:
        """The loss of a batch that was not looked at was read: nothing but the number of its rows matters here."""
        if event.trace is self.last_trace or not isfinite(event.value):
            return
        trace = event.trace
        if trace.loss != OWN and trace.site not in self.of_loss:
            return
        frames = scopes.frames(_FRAMES, 2)
        if trace.loss == OWN:
            self._own(event, frames)
        plain, per_row, calls = self.plain.get(trace.site, (False, 1.0, 0))
        if not plain or calls < _EXAMINED:
            return
        self.last_trace = event.trace
        for one in self.of_loss.get(event.trace.site, ()):
            if any(_runs(frame, one.sum.site) for frame in frames):
                positions = int(event.trace.rows * per_row)
                self._add(one, frames, event.value, event.trace.rows, (positions, float(positions)))
                return

    def _own(self, event: ValueRead, frames: list[FrameType]) -> None:
        """A loss of a kind that is not looked at: where it is a mean, its rows are those of the model's input."""
        if event.trace.reduction != "mean" or not event.trace.rows:
            return
        stack = tuple(sites.site_of(frame) for frame in frames)
        if stack not in self.known:
            self.known[stack] = self._begin(event.trace.site, list(stack), read=True)
        self.plain[event.trace.site] = (True, 1.0, _EXAMINED)

    def _add(self, one: EpochSum, frames: list[FrameType], value: float, rows: int, weights: tuple[int, float]) -> None:
        frame = next((frame for frame in frames if _runs(frame, one.sum.site)), frames[0])
        now = self._pass(one, frame)
        now.count += 1
        now.rows += rows
        factors = _factors(one.sum, frame)
        if len(now.batches) < _KEPT:
            known = (factor for _, factor in factors if factor is not None)
            now.batches.append((value, *weights, prod(known)))
        count = one.sum.division.count
        if now.divided_by is None and count is not None and one.counts is None:
            now.divided_by = _resolved(count, one.sum.division.site, frames)
        if one.factor == "other":
            one.factor = _factor(factors, rows)

    def _pass(self, one: EpochSum, frame: FrameType) -> Pass:
        """The pass that a batch belongs to: of this call of the function, of this pass over the loader, since 0."""
        holder, loader = one.sum.holder, self.history.loader
        begins = holder is not None and is_empty(holder, scopes.names_in(frame))
        for known in reversed(one.passes[-_OPEN:]):
            if known.frame == id(frame) and known.loader is loader and not begins:
                return known
        one.passes.append(Pass(id(frame), loader))
        return one.passes[-1]

    def all(self) -> Iterator[EpochSum]:
        """Every sum of which at least two batches are known."""
        for several in self.of_loss.values():
            yield from several


def _runs(frame: FrameType, site: Site) -> bool:
    return frame.f_code.co_name == site.function and frame.f_code.co_filename == site.file


def _resolved(count: ast.expr, place: Site, frames: list[FrameType]) -> float | None:
    """The number that a sum is divided by, in the function that divides; a name may be given its value later."""
    for frame in frames:
        if not _runs(frame, place):
            continue
        names = scopes.names_in(frame)
        found = number(count, names)
        if found is None and isinstance(count, ast.Name):
            found = number(_meaning(count, place), names)
        return found
    return None


def _factors(added: Sum, frame: FrameType) -> list[tuple[ast.expr, float | None]]:
    """The factors of a loss that is added, and their values, as far as they can be told."""
    names = scopes.names_in(frame) if added.factors else {}
    meanings = (_meaning(factor, added.site) for factor in added.factors)
    return [(meaning, number(meaning, names)) for meaning in meanings]


def _factor(factors: list[tuple[ast.expr, float | None]], rows: int) -> str | None:
    """The kind of number that a loss is multiplied by: "rows", "one" (known, another), "other" while unknown."""
    values = [value for _, value in factors]
    if any(value == rows for value in values):
        return "rows"
    if None not in values:
        return "one"
    return "rows" if all(of_rows(ast.unparse(meaning)) for meaning, _ in factors) else "other"


def _meaning(expression: ast.expr, site: Site) -> ast.expr:
    """The expression that a name stands for, where its function gives it a value."""
    if isinstance(expression, ast.Name):
        for node in statements(source.scope(site)):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == expression.id:
                return node.value
    return expression
