"""The rows of the GPU benchmark: tensors, and every loss that can be had for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

import crossent
from crossent.bench import cases
from crossent.bench.problem import build

TOY = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = "cpu" if TOY else "cuda"


@dataclass(frozen=True)
class Row:
    """One line: a loss, the shape of its logits (of features and head for "linear": N, D, C), and its options."""

    loss: str
    shape: tuple[int, ...]
    dtype: torch.dtype = torch.bfloat16
    channels_last: bool = False
    goal: str = ""  # on an H100, printed beside what is measured

    @property
    def name(self) -> str:
        """As it is printed."""
        extra = {"binary": ", pos_weight"}.get(self.loss, ", channels last" if self.channels_last else "")
        return f"{self.loss} {self.shape} {str(self.dtype).removeprefix('torch.')}{extra}"


SIZES = [(32768, 256), (32768, 1024), (32768, 4096), (32768, 16384), (32768, 65536), (16384, 131072), (8192, 262144)]
SIZES += [(4096, 50257), (4096, 128001), (4096, 151936)]
ROWS = [Row("softmax", size) for size in SIZES]
ROWS += [Row("softmax", size, torch.float32) for size in ((32768, 1024), (32768, 16384), (8192, 131072))]
ROWS += [Row("softmax", (16, 21, 512, 512), channels_last=last) for last in (False, True)]
ROWS += [Row("binary", (8192, 8192))]
# Losses beside which torch has a composition of operators: their functions are those of `crossent bench`.
COMPOSED = {
    "tempered": partial(cases.softmax, temperature=0.7),
    "logprobs": cases.logprobs,
    "listed": partial(cases.softmax, listed=20),
    "distilled": partial(cases.distilled, temperature=2.0),
    "linear logprobs": cases.linear_logprobs,
    "linear listed": partial(cases.linear, listed=20),
    "linear distilled": partial(cases.linear_distilled, temperature=2.0),
}
ROWS += [Row(kind, (32768, 16384), goal="1.05 of the plain loss's time") for kind in ("tempered", "sampled")]
ROWS += [
    Row("logprobs", (8192, 151936), goal="1.0 ms both, 12.8 ms composed"),
    Row("listed", (4096, 128256), goal="0.1 of the dense target's time"),
    Row("distilled", (4096, 128256), goal="0.4 of torch's time"),
]
LARGE = "50 ms and 6.5 GiB (the products alone: 42 ms)"
LINEAR = [
    Row("linear", (8192, 4096, 151936), goal=LARGE),
    Row("linear logprobs", (8192, 4096, 151936), goal=LARGE),
    Row("linear listed", (8192, 4096, 151936), goal=LARGE),
    Row("linear distilled", (4096, 4096, 128256), goal="1.10 of four products"),
    Row("linear", (4096, 4096, 128256)),
    Row("linear", (16384, 4096, 128256)),
    Row("linear", (8192, 2304, 256000)),
]


def toy(row: Row) -> Row:
    """The same row, so small that the interpreter takes seconds."""
    small = {2: (6, 40), 3: (6, 8, 40), 4: (2, 5, 4, 8)}[len(row.shape)]
    return Row(row.loss, small, row.dtype, row.channels_last, row.goal)


Loss = Callable[..., Tensor]


def candidates(row: Row) -> dict[str, Loss]:
    """Losses by name, as functions of the tensors of `tensors`; those whose libraries are not there are left out."""
    if row.loss in COMPOSED:
        built = build(COMPOSED[row.loss]((2, 3, 4)[: len(row.shape)]))
        found: dict[str, Loss] = {name: built.loss(name) for name in ("crossent", "torch")}
    elif row.loss == "linear":
        found = {"crossent": crossent.functional.linear_cross_entropy, "torch": _linear_torch}
    elif row.loss == "sampled":
        found = {
            "crossent": _sampled,
            "torch": lambda x, y, s: (F.cross_entropy(x, y, reduction="none") * s).sum() / s.sum(),
        }
    elif row.loss == "binary":
        found = {
            "crossent": lambda x, t, p: crossent.functional.binary_cross_entropy_with_logits(x, t, pos_weight=p),
            "torch": lambda x, t, p: F.binary_cross_entropy_with_logits(x, t, pos_weight=p),
        }
    else:
        found = {"crossent": crossent.functional.cross_entropy, "torch": F.cross_entropy}
    if not TOY:
        # A graph of its own for every row: a limit of recompilations would end in eager code, in silence.
        torch.compiler.reset()
        found["torch.compile"] = torch.compile(found["torch"], dynamic=False)
    if row.loss == "softmax" and len(row.shape) == 2:
        found |= others()
    return found


def others() -> dict[str, Loss]:
    """Liger and QuACK, where they are installed. Liger overwrites its input: it gets a copy, which is taken off."""
    found: dict[str, Loss] = {}
    try:
        from liger_kernel.ops.cross_entropy import LigerCrossEntropyFunction

        found["Liger"] = lambda x, y: LigerCrossEntropyFunction.apply(x.clone(), y, None, -100, 0.0, 0.0, "mean")[0]
    except Exception:  # noqa: BLE001, S110, RUF100 - whatever an import of another library may raise
        pass
    try:
        from quack import cross_entropy as quack_cross_entropy

        found["QuACK"] = lambda x, y: quack_cross_entropy(x, y, reduction="mean")
    except Exception:  # noqa: BLE001, S110, RUF100
        pass
    return found


def _sampled(logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    loss: Tensor = crossent.functional.cross_entropy(logits, target, sample_weight=weights)
    return loss


def _linear_torch(features: Tensor, head: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(F.linear(features, head), target)


def tensors(row: Row) -> tuple[Tensor, ...]:
    """Input, other tensors, target; the same numbers at every call."""
    torch.manual_seed(0)
    rows, kind = row.shape[0], row.loss.rpartition(" ")[2]
    ids = torch.randint(row.shape[-1], (rows, 20), device=DEVICE)
    lists = ids, torch.rand(ids.shape, device=DEVICE).softmax(1)
    if row.loss.startswith("linear"):
        n, d, c = row.shape
        features = torch.randn(n, d, device=DEVICE, dtype=row.dtype).requires_grad_()
        head = torch.empty(c, d, device=DEVICE, dtype=row.dtype).normal_(std=d**-0.5).requires_grad_()
        if kind == "listed":
            return features, head, *lists
        if kind == "distilled":
            return features, head, torch.randn_like(features), torch.randn_like(head).mul_(d**-0.5)
        return features, head, torch.randint(c, (n,), device=DEVICE)
    logits = torch.empty(row.shape, device=DEVICE, dtype=row.dtype).normal_()
    if row.channels_last:
        logits = logits.to(memory_format=torch.channels_last)
    logits.requires_grad_()
    if kind == "listed":
        return logits, *lists
    if kind == "distilled":
        return logits, torch.randn_like(logits)
    if row.loss == "binary":
        target = torch.empty_like(logits, requires_grad=False).bernoulli_()
        return logits, target, torch.rand(row.shape[-1], device=DEVICE) + 0.5
    labels = torch.randint(row.shape[1], row.shape[:1] + row.shape[2:], device=DEVICE)
    return (logits, labels, torch.rand(labels.shape, device=DEVICE)) if kind == "sampled" else (logits, labels)
