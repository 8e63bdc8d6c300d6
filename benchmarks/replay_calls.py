"""The 200 calls that `replay.py` repeats on every backend: all losses, each option, four dtypes, every layout.

Shapes lie on both sides of 65,536 logits, below which torch's own composite runs. N rows, C classes, D features.
"""

from __future__ import annotations

import importlib
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Shape = tuple[int, ...]
Arguments = dict[str, Any]

# In an order in which three neighbours have three dtypes and every reduction.
DTYPES = (torch.float32, torch.bfloat16, torch.float16, torch.float64)
REDUCTIONS = ("mean", "sum", "none")
_COMBINATIONS = [(DTYPES[i % 4], REDUCTIONS[i % 3]) for i in range(12)]

_WEIGHTED: Arguments = {"weighted": True}
_SMOOTHED: Arguments = {"label_smoothing": 0.1}
_ALL: Arguments = {"label_smoothing": 0.2, "z_loss": 0.01, "softcap": 3.0, "weighted": True, "ignored": True}

SOFTMAX: list[tuple[str, Shape, Arguments]] = [
    ("small", (32, 10), {}),
    ("rows", (700, 100), {}),
    ("long rows", (40, 2000), {"ignored": True}),
    ("vocabulary", (3, 50257), {}),
    ("unbatched", (7,), {}),
    ("empty", (0, 5), {}),
    ("small weighted", (32, 10), {"weighted": True, "ignored": True}),
    ("weighted", (700, 100), {"weighted": True, "ignored": True}),
    ("smoothed", (700, 100), _SMOOTHED),
    ("smoothed weighted", (700, 100), {"weighted": True, "ignored": True} | _SMOOTHED),
    ("smoothed by target", (90, 37), {"smoothing_weight": "target", "weighted": True} | _SMOOTHED),
    ("z_loss", (90, 37), {"z_loss": 0.01}),
    ("softcap", (90, 37), {"softcap": 3.0}),
    ("normalizer", (700, 100), {"normalizer": 7.5}),
    ("all ignored", (9, 5), {"ignored": "all", "on_empty": "zero"}),
    ("everything", (700, 100), _ALL),
    ("planes", (2, 21, 48, 48), {"weighted": True, "ignored": True}),
    ("channels_last", (2, 21, 48, 48), {"memory": "channels_last"}),
    ("classes last", (6, 120, 100), {"dim": -1}),
    ("transposed", (120, 37), {"memory": "transposed"}),
    ("sliced", (120, 37), {"memory": "sliced", "ignored": True}),
    ("planes everything", (2, 5, 31, 7), _ALL),
    ("uint8", (2, 21, 48, 48), {"target": "uint8", "ignored": True, "ignore_index": 255}),
    ("int32", (700, 100), {"target": "int32", "ignored": True}),
    ("probabilities", (700, 100), {"target": "probabilities"}),
    ("probabilities everything", (90, 37), {"target": "probabilities", **_ALL, "ignored": False}),
    ("probabilities planes", (2, 5, 31, 7), {"target": "probabilities"} | _SMOOTHED),
    ("stats", (700, 100), {"return_stats": True}),
    ("stats everything", (90, 37), {"return_stats": True} | _ALL),
    ("in place", (700, 100), {"inplace_backward": True}),
    ("large", (90, 37), {"scale": 1e4}),
    ("masked", (90, 37), {"masked": True}),
]
NLL: list[tuple[str, Shape, Arguments]] = [
    ("small", (32, 10), {}),
    ("rows", (700, 100), {"ignored": True}),
    ("weighted", (700, 100), {"weighted": True, "ignored": True}),
    ("planes", (2, 21, 48, 48), _WEIGHTED),
    ("classes last", (6, 120, 100), {"dim": -1, "normalizer": 7.5}),
    ("all ignored", (9, 5), {"ignored": "all", "on_empty": "zero"}),
]
LOG_SOFTMAX: list[tuple[str, Shape, Arguments]] = [
    ("rows", (700, 100), {"dim": 1}),
    ("planes", (2, 21, 48, 48), {"dim": 1}),
    ("channels_last", (2, 21, 48, 48), {"dim": 1, "memory": "channels_last"}),
    ("first axis", (90, 37), {"dim": 0}),
    ("float32 inside", (90, 37), {"dim": 0, "dtype": torch.float32}),
]
BCE: list[tuple[str, Shape, Arguments]] = [
    ("small", (32, 10), {}),
    ("rows", (700, 100), {"weight": (100,)}),
    ("ignored", (700, 100), {"mark": -1.0, "ignore_index": -1}),
    ("smoothed", (90, 37), {"hard": True} | _SMOOTHED),
]
BCE_WITH_LOGITS: list[tuple[str, Shape, Arguments]] = [
    ("small", (32, 10), {}),
    ("rows", (700, 100), {}),
    ("pos_weight", (700, 100), {"pos_weight": (100,), "hard": True}),
    ("weights", (90, 37), {"pos_weight": (37,), "weight": (90, 1)}),
    ("image", (2, 3, 120, 120), {"pos_weight": (3,), "weight": (3,), "dim": 1}),
    ("channels_last", (2, 3, 120, 120), {"memory": "channels_last"}),
    ("ignored", (700, 100), {"mark": float("nan"), "ignore_index": float("nan")}),
    ("stats", (90, 37), {"return_stats": True, "hard": True} | _SMOOTHED),
    ("all ignored", (9, 5), {"mark": "all", "ignore_index": -1, "on_empty": "zero", "normalizer": 7.5}),
]
LINEAR: list[tuple[str, Shape, Arguments]] = [
    ("rows", (300, 40, 500), {"ignored": True}),
    ("blocks", (300, 40, 500), {"rows": 64, "weighted": True, "bias": False} | _SMOOTHED),
    ("everything", (90, 12, 37), _ALL | {"return_stats": True}),
    ("probabilities", (90, 12, 37), {"target": "probabilities", "rows": 32}),
]
LINEAR_BINARY: list[tuple[str, Shape, Arguments]] = [
    ("dense", (90, 12, 37), {"pos_weight": (37,), "rows": 32}),
    ("indices", (90, 12, 37), {"target_format": "indices"}),
]


@dataclass(frozen=True)
class Call:
    """One call: its function, how its arguments are made, and whether its gradients are differentiated once more."""

    function: str
    name: str
    shape: Shape
    given: Arguments
    dtype: torch.dtype
    reduction: str = "mean"
    twice: bool = False

    @property
    def label(self) -> str:
        """Its name in the output."""
        kind = "second order" if self.twice else self.reduction
        sizes = "x".join(map(str, self.shape))
        return f"{self.function} {self.name} {sizes} {str(self.dtype).removeprefix('torch.')} {kind}"

    @property
    def logits(self) -> int:
        """The number of its logits; (N, D, C) where a linear layer makes them."""
        return math.prod(self.shape) // (self.shape[1] if self.function.startswith("linear") else 1)

    def arguments(self, package: str) -> Arguments:
        """The arguments, the same at every call; only a mean takes a normalizer."""
        noise = torch.Generator().manual_seed(zlib.crc32(self.name.encode()))
        given = {name: value for name, value in self.given.items() if name != "normalizer" or self.reduction == "mean"}
        return _BUILDERS[self.function](self, given, noise, package)


def calls() -> list[Call]:
    """The list."""
    tables = {
        "cross_entropy": SOFTMAX,
        "nll_loss": NLL,
        "log_softmax": LOG_SOFTMAX,
        "binary_cross_entropy": BCE,
        "binary_cross_entropy_with_logits": BCE_WITH_LOGITS,
        "linear_cross_entropy": LINEAR,
        "linear_binary_cross_entropy": LINEAR_BINARY,
    }
    first = [
        Call(function, *row, *_COMBINATIONS[(3 * i + j) % 12])
        for function, table in tables.items()
        for i, row in enumerate(table)
        for j in range(3)
    ]
    second = [
        Call(function, *row, torch.float64, twice=True)
        for function, names in _TWICE.items()
        for row in tables[function]
        if row[0] in names
    ]
    counts = [Call("normalizer", name, (700, 100), given, torch.int64) for name, given in _COUNTS]
    return first + second + counts


_TWICE = {
    "cross_entropy": ("rows", "smoothed weighted", "softcap", "probabilities planes"),
    "log_softmax": ("planes",),
    "binary_cross_entropy": ("rows", "smoothed"),
    "binary_cross_entropy_with_logits": ("rows", "weights"),
    "linear_cross_entropy": ("blocks",),
}
_COUNTS: list[tuple[str, Arguments]] = [
    ("plain", {}),
    ("ignored", {"ignored": True}),
    ("weighted", {"weighted": True}),
    ("weighted ignored", {"weighted": True, "ignored": True}),
]


def _softmax(call: Call, given: Arguments, noise: torch.Generator, package: str) -> Arguments:
    dim = given.get("dim", 1) if len(call.shape) > 1 else 0
    scores = torch.randn(call.shape, generator=noise) * given.pop("scale", 1.0)
    target = _target(given, call, scores, dim, noise)
    if given.pop("masked", False):
        hidden = torch.rand(call.shape, generator=noise) < 0.3
        scores = scores.masked_fill(hidden.scatter(dim, target.unsqueeze(dim), False), float("-inf"))
    if call.function == "nll_loss":
        scores = scores.log_softmax(dim)
    logits = _laid_out(given.pop("memory", "contiguous"), scores.to(call.dtype))
    return {"input": logits, "target": target, "reduction": call.reduction, **given}


def _target(given: Arguments, call: Call, scores: Tensor, dim: int, noise: torch.Generator) -> Tensor:
    """Labels or probabilities for these logits, and their weights in `given`."""
    classes, kind = scores.shape[dim], given.pop("target", "int64")
    if given.pop("weighted", False):
        given["weight"] = torch.randint(1, 17, (classes,), generator=noise) / 4
    ignored = given.pop("ignored", False)
    if kind == "probabilities":
        return torch.randn(scores.shape, generator=noise).softmax(dim).to(call.dtype)
    labels = torch.randint(classes, scores.select(dim, 0).shape, generator=noise)
    if ignored:
        labels.view(-1)[:: 1 if ignored == "all" else 3] = given.get("ignore_index", -100)
    return labels.to(getattr(torch, kind))


def _log_softmax(call: Call, given: Arguments, noise: torch.Generator, package: str) -> Arguments:
    scores = torch.randn(call.shape, generator=noise).to(call.dtype)
    return {"input": _laid_out(given.pop("memory", "contiguous"), scores), **given}


def _sigmoid(call: Call, given: Arguments, noise: torch.Generator, package: str) -> Arguments:
    scores = torch.randn(call.shape, generator=noise)
    scores = scores if call.function.endswith("logits") else scores.sigmoid()
    target = torch.rand(call.shape, generator=noise)
    target = (target < 0.4).float() if given.pop("hard", False) else target
    mark = given.pop("mark", None)
    if mark is not None:
        target.view(-1)[:: 1 if mark == "all" else 3] = given["ignore_index"]
    _weights(given, noise)
    scores = _laid_out(given.pop("memory", "contiguous"), scores.to(call.dtype))
    return {"input": scores, "target": target.to(call.dtype), "reduction": call.reduction, **given}


def _linear(call: Call, given: Arguments, noise: torch.Generator, package: str) -> Arguments:
    rows, features, classes = call.shape
    head = {
        "input": torch.randn(rows, features, generator=noise).to(call.dtype),
        "linear_weight": torch.randn(classes, features, generator=noise).div(features**0.5).to(call.dtype),
    }
    if given.pop("bias", True):
        head["linear_bias"] = torch.randn(classes, generator=noise).to(call.dtype)
    if "rows" in given:
        given["options"] = importlib.import_module(package).LinearOptions(rows=given.pop("rows"))
    scores = torch.empty(rows, classes)
    if call.function == "linear_cross_entropy":
        target = _target(given, call, scores, 1, noise)
    elif given.get("target_format") == "indices":
        target = torch.randint(-1, classes, (rows, 3), generator=noise)
    else:
        target = torch.rand(scores.shape, generator=noise).to(call.dtype)
    _weights(given, noise)
    return {**head, "target": target, "reduction": call.reduction, **given}


def _normalizer(call: Call, given: Arguments, noise: torch.Generator, package: str) -> Arguments:
    target = _target(given, call, torch.empty(call.shape), 1, noise)
    return {"target": target, **given}


def _weights(given: Arguments, noise: torch.Generator) -> None:
    """Weights in place of the shapes that `given` has for them."""
    for name in ("weight", "pos_weight"):
        if isinstance(given.get(name), tuple):
            given[name] = torch.randint(1, 17, given[name], generator=noise) / 4


def _laid_out(memory: str, values: Tensor) -> Tensor:
    """The same values with the strides that a name stands for."""
    if memory == "channels_last":
        return values.contiguous(memory_format=torch.channels_last)
    if memory == "transposed":
        return values.transpose(0, 1).contiguous().transpose(0, 1)
    if memory == "sliced":
        store = values.new_full([2 * n + 1 for n in values.shape], float("nan"))
        return store[tuple(slice(1, None, 2) for _ in values.shape)].copy_(values)
    return values.contiguous()


_BUILDERS: dict[str, Callable[[Call, Arguments, torch.Generator, str], Arguments]] = {
    "cross_entropy": _softmax,
    "nll_loss": _softmax,
    "log_softmax": _log_softmax,
    "binary_cross_entropy": _sigmoid,
    "binary_cross_entropy_with_logits": _sigmoid,
    "linear_cross_entropy": _linear,
    "linear_binary_cross_entropy": _linear,
    "normalizer": _normalizer,
}
