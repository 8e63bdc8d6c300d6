"""Small calls: microseconds of one forward and backward, torch's and crossent's, on one thread; and import times.

Calls are timed by the thread's own processor time, which other programs on the machine do not count into; the ratio is
the median of rounds that time both. Everything is in it: options, checks, dispatch, autograd.
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

import crossent
import crossent.functional as X
from crossent.bench import measure

Call = Callable[[], Tensor]
SAMPLE_SECONDS = 0.004
# Name to program: crossent loads its losses, and torch, where they are first asked for.
IMPORTS = {
    "torch": "import torch",
    "torch, and crossent's losses": "import torch, crossent; crossent.CrossEntropyLoss",
    "crossent alone": "import crossent",
}


def rows() -> dict[str, tuple[Call, Call, Tensor | None]]:
    """Name to torch's call, ours, and the leaf that gets a gradient."""
    generator = torch.manual_seed(0)

    def leaf(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator).requires_grad_()

    few, many, labels, more = leaf(32, 10), leaf(128, 1000), torch.arange(32) % 10, torch.arange(128)
    partly = labels.masked_fill(torch.arange(32) == 3, -100)
    weight, shares = torch.rand(10, generator=generator) + 0.5, few.detach().roll(1).softmax(1)
    hard = shares.gt(0.1).float()
    plain, weighted = torch.nn.CrossEntropyLoss(), torch.nn.CrossEntropyLoss(weight)
    our_plain, our_weighted = crossent.CrossEntropyLoss(), crossent.CrossEntropyLoss(weight)
    p, log_p = few.detach().sigmoid().requires_grad_(), few.detach().log_softmax(1).requires_grad_()
    long_log_p = many.detach().log_softmax(1).requires_grad_()
    tiny, one = torch.randn(1, 2, generator=generator), torch.tensor([1])
    calls: dict[str, tuple[str, Tensor, tuple[Tensor, ...], dict[str, object]]] = {
        "cross_entropy (32, 10)": ("cross_entropy", few, (labels,), {}),
        "… weight": ("cross_entropy", few, (labels, weight), {}),
        "… one ignored label": ("cross_entropy", few, (partly,), {}),
        "… both": ("cross_entropy", few, (partly, weight), {}),
        "… probabilities": ("cross_entropy", few, (shares,), {}),
        "… label_smoothing": ("cross_entropy", few, (labels,), {"label_smoothing": 0.1}),
        "binary_cross_entropy_with_logits (32, 10)": ("binary_cross_entropy_with_logits", few, (hard,), {}),
        "… pos_weight": ("binary_cross_entropy_with_logits", few, (hard,), {"pos_weight": weight}),
        "binary_cross_entropy (32, 10)": ("binary_cross_entropy", p, (hard,), {}),
        "nll_loss (32, 10)": ("nll_loss", log_p, (labels,), {}),
        "nll_loss (128, 1000)": ("nll_loss", long_log_p, (more,), {}),
        "cross_entropy (128, 1000)": ("cross_entropy", many, (more,), {}),
        "cross_entropy (256, 1000)": ("cross_entropy", leaf(256, 1000), (torch.arange(256),), {}),
    }
    table: dict[str, tuple[Call, Call, Tensor | None]] = {
        name: (_call(getattr(F, f), x, *given, **options), _call(getattr(X, f), x, *given, **options), x)
        for name, (f, x, given, options) in calls.items()
    }
    s = torch.rand(32, generator=generator)
    table["… sample_weight; torch: by hand"] = (
        lambda: (F.cross_entropy(few, labels, reduction="none") * s).sum() / s.sum(),
        _call(X.cross_entropy, few, labels, sample_weight=s),
        few,
    )
    table["CrossEntropyLoss() (32, 10)"] = _call(plain, few, labels), _call(our_plain, few, labels), few
    table["CrossEntropyLoss(weight) (32, 10)"] = _call(weighted, few, labels), _call(our_weighted, few, labels), few
    table["cross_entropy (1, 2), forward"] = _call(F.cross_entropy, tiny, one), _call(X.cross_entropy, tiny, one), None
    return table


def _call(function: Callable[..., Tensor], *tensors: Tensor, **options: object) -> Call:
    return lambda: function(*tensors, **options)


def main(rounds: int = 25) -> None:
    """Print the table."""
    torch.set_num_threads(1)
    gc.disable()
    print(f"Medians of {rounds} rounds ({measure.environment()})\n")
    print("| forward and backward | torch, µs | crossent, µs | crossent / torch |\n|---|---|---|---|")
    for name, (theirs, ours, leaf) in rows().items():
        steps = [_step(call, leaf) for call in (theirs, ours)]
        repeats = max(1, int(SAMPLE_SECONDS / _seconds(steps[0], 10)))
        times = [[_seconds(steps[which], repeats) for which in _order(number)] for number in range(rounds)]
        pairs = [(pair[number % 2], pair[1 - number % 2]) for number, pair in enumerate(times)]
        micro = [statistics.median(column) * 1e6 for column in zip(*pairs, strict=True)]
        ratio = statistics.median(ours / theirs for theirs, ours in pairs)
        print(f"| {name} | {micro[0]:.1f} | {micro[1]:.1f} | {ratio:.2f} |", flush=True)
    print("\n| import, in a fresh process | seconds |\n|---|---|")
    for name, seconds in import_seconds().items():
        print(f"| {name} | {seconds:.3f} |", flush=True)


def import_seconds(rounds: int = 7) -> dict[str, float]:
    """Medians of fresh processes that take turns, less those of one that imports nothing."""
    programs = {"nothing": "pass", **IMPORTS}
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            times[name].append(time.perf_counter() - start)
    nothing, *seconds = map(statistics.median, times.values())
    return {name: value - nothing for name, value in zip(IMPORTS, seconds, strict=True)}


def _order(number: int) -> tuple[int, int]:
    return (0, 1) if number % 2 == 0 else (1, 0)


def _step(call: Call, leaf: Tensor | None) -> Callable[[], object]:
    return call if leaf is None else lambda: torch.autograd.grad(call(), leaf)


def _seconds(step: Callable[[], object], repeats: int) -> float:
    start = time.thread_time()
    for _ in range(repeats):
        step()
    return (time.thread_time() - start) / repeats


if __name__ == "__main__":
    main()
