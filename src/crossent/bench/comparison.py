"""One case, measured: torch eager, torch.compile, crossent and the unit in one round, and the extra peak memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import torch

from .cases import Case
from .check import check
from .measure import Run, medians
from .peak import PeakError, extra_peaks
from .problem import Loss, Problem, build, step

EAGER, COMPILED, CROSSENT, UNIT = "torch", "torch.compile", "crossent", "unit"


@dataclass(frozen=True)
class How:
    """The settings of a measurement."""

    device: str = "cpu"
    rounds: int = 7
    compile: bool = True
    memory: bool = True


@dataclass(frozen=True)
class Row:
    """The measurements of a case.

    `seconds` holds medians of one forward and backward by candidate, `peak_bytes` the extra peak memory of "torch" and
    "crossent"; what could not be measured is not in them, and `notes` say why.
    """

    case: Case
    seconds: Mapping[str, float]
    peak_bytes: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def time_ratio(self, candidate: str) -> float | None:
        """The time of a candidate over that of torch eager."""
        return _ratio(self.seconds, candidate, EAGER)

    def units(self, candidate: str) -> float | None:
        """The time of a candidate over that of the unit."""
        return _ratio(self.seconds, candidate, UNIT)

    def memory_ratio(self) -> float | None:
        """Extra peak memory, crossent over torch eager."""
        return _ratio(self.peak_bytes, CROSSENT, EAGER)


def measure(case: Case, how: How) -> Row:
    """Check a case, then measure its time, then its memory.

    Raises:
        WrongResultError: crossent's loss or gradient is not torch's; nothing was timed.
        RuntimeError: torch could not run it, for want of memory, say.
    """
    problem = build(case, how.device)
    check(problem)
    notes = []
    runs: dict[str, Run] = {name: partial(step, problem.loss(name), problem.tensors) for name in (EAGER, CROSSENT)}
    if how.compile:
        try:
            runs[COMPILED] = partial(step, compiled(problem), problem.tensors)
        except CompileError as error:
            notes.append(str(error))
    seconds = medians({**runs, UNIT: problem.unit}, how.rounds, how.device)
    peaks: dict[str, int] = {}
    if how.memory:
        try:
            peaks = extra_peaks(case, problem, how.device)
        except PeakError as error:
            notes.append(str(error))
    return Row(case, seconds, peaks, tuple(notes))


class CompileError(RuntimeError):
    """torch.compile does not work here; the text says why."""


def compiled(problem: Problem) -> Loss:
    """Torch's loss, compiled for the shapes of this problem alone, forward and backward; it has run once.

    Raises:
        CompileError: torch.compile failed.
    """
    loss = problem.loss(EAGER)
    # Else earlier shapes count towards the limit of recompilations, beyond which torch goes back to eager in silence.
    torch.compiler.reset()
    try:
        fast: Loss = torch.compile(lambda *tensors: loss(*tensors), dynamic=False, fullgraph=True)
        step(fast, problem.tensors)
    except Exception as error:
        # Whatever a compiler, its driver or its absence may raise: the other columns do not depend on it.
        reason = (str(error).strip().splitlines() or [""])[0]
        raise CompileError(f"torch.compile does not work here: {type(error).__name__}: {reason}") from error
    return fast


def _ratio(values: Mapping[str, float] | Mapping[str, int], above: str, below: str) -> float | None:
    return values[above] / values[below] if above in values and values.get(below) else None
