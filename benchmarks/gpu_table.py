"""The table of the GPU benchmark: each row compared with torch, then timed beside everything else that can run it."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gpu_rows import COMPOSED, DEVICE, Loss, Row, candidates, tensors

PASSES = ("forward", "backward", "both")
# Reads and writes of the logits by pass: what nobody gets around without fusing passes.
TRAFFIC = {"forward": 1, "backward": 2, "both": 3}
HEAD = (
    f"{'row':44} {'loss':14}" + "".join(f" {p + ' ms':>12} {'GB/s':>7} {'of copy':>8}" for p in PASSES) + "  extra MiB"
)


def run(rows: list[Row], milliseconds: float) -> int:
    """Print all rows; returns how many were wrong or did not run."""
    failed = 0
    print(HEAD, flush=True)
    for row in rows:
        if row.goal:
            print(f"{row.name:44} {'goal':14} {row.goal}", flush=True)
        try:
            failed += _linear(row, milliseconds) if row.loss.startswith("linear") else _row(row, milliseconds)
        except Exception as error:  # noqa: BLE001, RUF100 - out of memory, say: the next row may do
            print(f"{row.name:44} did not run: {type(error).__name__}: {str(error).splitlines()[0][:120]}", flush=True)
            failed += 1
        gc.collect()
        if DEVICE == "cuda":
            torch.cuda.empty_cache()
    return failed


def _row(row: Row, milliseconds: float) -> int:
    given = tensors(row)
    logits = given[0].detach()
    size = logits.numel() * logits.element_size()
    copy = _seconds(partial(torch.empty_like(logits).copy_, logits), milliseconds)
    speed = 2 * size / copy
    print(f"{row.name:44} {'copy':14} {copy * 1e3:12.3f} {speed / 1e9:7.0f}", flush=True)
    losses, failed = candidates(row), 0
    right = _results(losses["torch"], given)
    for name, loss in losses.items():
        try:
            # A composition rounds to 16 bits between its operators.
            slack = 0.02 if row.loss in COMPOSED and row.dtype != torch.float32 else 0.0
            if name == "crossent" and (problem := _difference(_results(loss, given), right, row.dtype, slack)):
                print(f"{row.name:44} {name:14} is not torch's: {problem}; not timed", flush=True)
                failed += 1
                continue
            cells = ""
            for pass_, seconds in _passes(loss, given, milliseconds).items():
                rate = TRAFFIC[pass_] * size / seconds
                cells += f" {seconds * 1e3:12.3f} {rate / 1e9:7.0f} {100 * rate / speed:7.0f}%"
            print(f"{row.name:44} {name:14}{cells} {_extra(loss, given) / 2**20:10.0f}", flush=True)
        except Exception as error:  # noqa: BLE001, RUF100 - another library's, mostly
            print(
                f"{row.name:44} {name:14} did not run: {type(error).__name__}: {str(error).splitlines()[:1]}",
                flush=True,
            )
            failed += name == "crossent"
    return failed


def _linear(row: Row, milliseconds: float) -> int:
    """Forward and backward of a linear layer and its loss, in units of its three matrix products alone."""
    given = tensors(row)
    features, head = given[:2]
    n, d, c = row.shape

    def products() -> None:
        with torch.no_grad():
            # In blocks of rows, for all logits at once would not fit: what the products need, and no more.
            for block in features.split(4096):
                logits = block @ head.t()
                _, _ = logits @ head, logits.t() @ block

    unit = _seconds(products, milliseconds)
    flops = 6 * n * d * c
    print(f"{row.name:44} {'3 products':14} {unit * 1e3:12.3f} {flops / unit / 1e12:5.0f} TFLOP/s", flush=True)
    losses = candidates(row)
    right = _results(losses["torch"], given) if n * c < 2**30 else None
    for name, loss in losses.items():
        if name == "torch.compile" or (name == "torch" and right is None):
            continue
        if name == "crossent" and right is not None:
            found = _results(loss, given)
            # torch rounds its logits to 16 bits and sums nothing in blocks: a looser comparison than of the losses.
            if problem := _difference(found, right, row.dtype, slack=0.02):
                print(f"{row.name:44} {name:14} is not torch's: {problem}; not timed", flush=True)
                return 1
        both = _seconds(lambda loss=loss: _step(loss, given), milliseconds)
        extra = _extra(loss, given) / 2**20
        print(
            f"{row.name:44} {name:14} {both * 1e3:12.3f} both, {both / unit:.2f} × the products, {extra:.0f} MiB extra",
            flush=True,
        )
    return 0


def _step(loss: Loss, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss(*given), [t for t in given if t.requires_grad])


def _results(loss: Loss, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    value = loss(*given)
    return value.detach(), *torch.autograd.grad(value, [t for t in given if t.requires_grad])


def _difference(ours: tuple[Tensor, ...], right: tuple[Tensor, ...], dtype: torch.dtype, slack: float = 0.0) -> str:
    """The distance of a loss or gradient from torch's, "" if it is near; in chunks, to save memory."""
    relative = 1e-4 if dtype == torch.float32 else 16 * torch.finfo(dtype).eps
    for what, mine, theirs in zip(("loss", "gradient", "gradient 2"), ours, right, strict=False):
        scale = float(theirs.abs().max())
        for a, b in zip(mine.reshape(-1).split(2**26), theirs.reshape(-1).split(2**26), strict=True):
            limit = b.float().abs() * relative + (slack + 2**-12) * scale
            if not bool(((a.float() - b.float()).abs() <= limit).all()):
                return f"{what} differs by {float((a.float() - b.float()).abs().max()):.3g} of {scale:.3g}"
    return ""


def _passes(loss: Loss, given: tuple[Tensor, ...], milliseconds: float) -> dict[str, float]:
    """Seconds of the forward pass without gradients, of the backward pass by itself, and of both.

    Of a loss whose forward pass writes the gradient, backward by itself is nearly nothing: "both" is what counts.
    """
    wanted = [t for t in given if t.requires_grad]

    def forward() -> None:
        with torch.no_grad():
            loss(*given)

    both = _seconds(lambda: _step(loss, given), milliseconds)

    def part() -> float:
        value = loss(*given)
        return _seconds(lambda: torch.autograd.grad(value, wanted, retain_graph=True), milliseconds)

    return {"forward": _seconds(forward, milliseconds), "backward": part(), "both": both}


def _extra(loss: Loss, given: tuple[Tensor, ...]) -> float:
    """Bytes that a step takes at its highest, beside what is there before."""
    if DEVICE != "cuda":
        return float("nan")
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    _step(loss, given)
    torch.cuda.synchronize()
    return float(torch.cuda.max_memory_allocated() - before)


def _seconds(run: Callable[[], Any], milliseconds: float) -> float:
    """Median seconds of one run; on a GPU by its own clock, L2 emptied before each."""
    if DEVICE != "cuda":
        run()
        start = time.perf_counter()
        run()
        return time.perf_counter() - start
    flush = torch.empty(2**27, dtype=torch.int8, device=DEVICE)
    run()
    torch.cuda.synchronize()
    start = time.perf_counter()
    run()
    torch.cuda.synchronize()
    repeats = max(3, min(50, int(milliseconds / 1e3 / max(1e-6, time.perf_counter() - start))))
    events = [[torch.cuda.Event(enable_timing=True) for _ in range(2)] for _ in range(repeats)]
    for before, after in events:
        flush.zero_()
        before.record()
        run()
        after.record()
    torch.cuda.synchronize()
    return statistics.median(before.elapsed_time(after) for before, after in events) / 1e3
