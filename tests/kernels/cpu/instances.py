"""The shapes at which the loops of the kernels turn a corner, and the targets that they have loops for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from ...cases import Softmax

CLASSES = {
    1: "lse = z",
    2: "less than the narrowest vector",
    3: "odd, less than a vector",
    15: "one less than a vector of AVX-512",
    16: "exactly one",
    17: "and one class left",
    31: "one less than a block of planes",
    32: "exactly one: the last that is transposed into planes where classes lie side by side",
    33: "and one plane left; the first that is read as rows",
    63: "one less than four vectors, which are read at once",
    64: "exactly four",
    65: "and one class left",
    100: "vectors, a vector, and a rest",
    129: "a block of a row (64 vectors) of the narrowest doubles, and a class",
    256: "exactly a block of SSE2 and NEON",
    257: "and a block of one class",
    512: "exactly a block of AVX2",
    513: "and a block of one class",
    1000: "as ImageNet has",
    1023: "one less than a block of AVX-512",
    1024: "exactly one",
    1025: "and a block of one class",
    4097: "four blocks and a class; a row is more than a tile of rows has elements",
}
POSITIONS = {
    0: "none",
    1: "one",
    2: "less than a vector",
    102: "exactly a tile of rows of 40 classes",
    103: "and a tile of one row",
    255: "one less than a tile",
    256: "exactly one",
    257: "and a tile of one position",
    1000: "four tiles, the last of them ragged",
}


# Where the classes end: three rows, and planes as far as planes care.
BY_CLASSES = [Softmax(f"3x{c}", why, (3, c)) for c, why in CLASSES.items()]
BY_CLASSES += [Softmax(f"2x{c}x5", why, (2, c, 5)) for c, why in CLASSES.items() if c <= 100]
# Where the positions end.
BY_POSITIONS = [
    Softmax(f"{kind}-{n}", f"{why}; {how}", shape(n), memory=memory)
    for n, why in POSITIONS.items()
    for kind, how, shape, memory in (
        ("few", "few classes side by side", lambda n: (n, 3), "contiguous"),
        ("rows", "classes side by side", lambda n: (n, 40), "contiguous"),
        ("planes", "positions side by side", lambda n: (2, 3, n), "contiguous"),
        ("transposed", "positions side by side, (C, N) in memory", lambda n: (n, 40), "transposed"),
    )
] + [
    Softmax("inside", "tiles that begin and end inside of planes", (7, 33, 100)),
    Softmax("planes of one", "every run is one position", (300, 5, 1)),
    Softmax("planes of three", "85 planes and a part to a tile", (90, 5, 3)),
]
# Each is a path of its own through the templates: which mass the pass over the logits sums.
TARGETS: dict[str, dict[str, Any]] = {
    "index": {"ignored": "some"},
    "weighted": {"ignored": "some", "weighted": True},
    "smoothed": {"ignored": "some", "options": {"label_smoothing": 0.1}},
    "smoothed_class": {"ignored": "some", "weighted": True, "options": {"label_smoothing": 0.1}},
    "smoothed_target": {
        "ignored": "some",
        "weighted": True,
        "options": {"label_smoothing": 0.1, "smoothing_weight": "target"},
    },
    "probabilities": {"target": "probabilities"},
    "probabilities_weighted": {"target": "probabilities", "weighted": True, "options": {"label_smoothing": 0.1}},
    "capped": {"ignored": "some", "weighted": True, "options": {"z_loss": 0.01, "softcap": 3.0}},
    "everything": {
        "target": "probabilities",
        "weighted": True,
        "options": {"label_smoothing": 0.2, "z_loss": 0.01, "softcap": 3.0},
    },
}


# One of each kind: index and probabilities, with and without a mass of the classes.
FEW = ("weighted", "smoothed_class", "everything")


def at(case: Softmax, target: str) -> Softmax:
    """The instance with this kind of target and its options."""
    return replace(case, name=f"{case.name}-{target}", **TARGETS[target])


def over(*tables: tuple[list[Softmax], Iterable[str]]) -> Any:
    """Each shape of each table with each of its kinds of target."""
    pairs = [(case, target) for shapes, targets in tables for case in shapes for target in targets]
    return pytest.mark.parametrize(
        "case", [pytest.param(at(case, target), id=f"{case.name}-{target}") for case, target in pairs]
    )
