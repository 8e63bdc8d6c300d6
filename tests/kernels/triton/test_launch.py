"""How calls are cut into programs: by tables, for the shapes that the benchmark times and around where a rule ends."""

from __future__ import annotations

import pytest

from crossent.kernels.triton._launch import Launch, Size, backward, elements, forward, power_of_two

# Multiprocessors of an H100 and of an H200.
H = 132

FORWARD = [
    ("ten classes: many rows", Size(65536, 10, 2, aligned=False), {}, Launch(64, 16, 4)),
    ("a hundred", Size(65536, 100, 2, aligned=False), {}, Launch(16, 128, 4)),
    ("256 classes", Size(32768, 256, 2), {}, Launch(8, 256, 4)),
    ("ImageNet", Size(4096, 1000, 2), {}, Launch(2, 1024, 4)),
    ("16 logits a thread, whatever the row", Size(32768, 4096, 2), {}, Launch(1, 4096, 8)),
    ("the longest row in registers", Size(32768, 8192, 2), {}, Launch(1, 8192, 16)),
    ("one more class", Size(32768, 8193, 2, aligned=False), {}, Launch(1, 8192, 16)),
    ("walked, from L1", Size(32768, 16384, 2), {}, Launch(1, 8192, 16)),
    ("walked, from L2", Size(32768, 65536, 2), {}, Launch(1, 8192, 16)),
    ("rows of which only one a processor fits L2", Size(16384, 131072, 2), {}, Launch(1, 16384, 32)),
    ("read once: nothing has to stay", Size(16384, 131072, 2), {"gradient": False}, Launch(1, 8192, 16)),
    ("no registers for 32 warps", Size(4096, 128256, 2), {"heavy": True}, Launch(1, 4096, 8)),
    ("odd classes in 16 bits", Size(4096, 50257, 2, aligned=False, peelable=True), {}, Launch(1, 4096, 16, peel=8)),
    ("odd classes in 32 bits", Size(4096, 50257, 4, aligned=False, peelable=True), {}, Launch(1, 8192, 32, peel=4)),
    ("gradient elsewhere", Size(4096, 50257, 2, aligned=False), {}, Launch(1, 8192, 16)),
    ("few odd classes: not worth it", Size(4096, 4001, 2, aligned=False, peelable=True), {}, Launch(1, 4096, 8)),
    ("one row", Size(1, 128256, 2), {}, Launch(1, 4096, 8, splits=16)),
    ("few rows", Size(64, 128256, 2), {}, Launch(1, 4096, 8, splits=9)),
    ("few rows, with stats", Size(64, 128256, 2), {"splittable": False}, Launch(1, 8192, 16)),
    ("rows enough", Size(66, 128256, 2), {}, Launch(1, 8192, 16)),
    ("no rows", Size(0, 10, 2), {}, Launch(64, 16, 4)),
    ("segmentation", Size(16 * 2**18, 21, 2, planes=True), {}, Launch(64, 32, 4)),
    ("two classes", Size(2**18, 2, 2, planes=True), {}, Launch(256, 2, 4)),
    ("many planes", Size(2**18, 1000, 2, planes=True), {}, Launch(64, 16, 4)),
]


@pytest.mark.parametrize(("why", "size", "changes", "expected"), FORWARD, ids=[row[0] for row in FORWARD])
def test_forward(why: str, size: Size, changes: dict[str, bool], expected: Launch) -> None:
    """The table."""
    given = {"gradient": True, "heavy": False, "splittable": True} | changes
    assert forward(size, **given, processors=H) == expected


@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("itemsize", [2, 4])
def test_every_size_is_possible(itemsize: int, planes: bool) -> None:
    """Powers of two, a tile of all classes or of a part, and at most 32 warps."""
    for classes in (*range(1, 70), 127, 128, 129, 1000, 4096, 8191, 8192, 8193, 32768, 50257, 10**6):
        for count in (1, 5, 65, 66, 10**5):
            for odd in (False, True):
                size = Size(count, classes, itemsize, planes, aligned=not odd, peelable=odd)
                ways = [forward(size, g, h, s, H) for g in (0, 1) for h in (0, 1) for s in (0, 1)]
                for how in (*ways, backward(size)):
                    assert how.rows == power_of_two(how.rows)
                    assert how.block == power_of_two(how.block)
                    assert how.warps in (4, 8, 16, 32)
                    assert how.splits * how.block < classes + 2 * how.block
                    assert how.rows == 1 or not how.peel
                    # 16 to 32 elements a thread: more of them spill (docs/lab-log.md).
                    assert how.rows * how.block <= 32 * how.warps * 32


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (Size(4096, 50257, 2), Launch(1, 2048, 4)),
        (Size(4096, 1000, 2), Launch(2, 1024, 4)),
        (Size(4096, 1, 2), Launch(256, 1, 4)),
        (Size(2**18, 21, 2, planes=True), Launch(64, 32, 4)),
        (Size(2**18, 1000, 2, planes=True), Launch(64, 32, 4)),
    ],
    ids=str,
)
def test_backward(size: Size, expected: Launch) -> None:
    """Elementwise: a tile ends wherever it is full."""
    assert backward(size) == expected


@pytest.mark.parametrize(
    ("rows", "inner", "expected"),
    [
        (1, 2**26, Launch(1, 1024, 4)),
        (8192, 8192, Launch(1, 1024, 4)),
        (500, 3, Launch(256, 4, 4)),
        (1, 3, Launch(1, 4, 4)),
        (0, 1, Launch(1, 1, 4)),
    ],
)
def test_elements(rows: int, inner: int, expected: Launch) -> None:
    """A tile of 1,024 elements, or of all there are."""
    assert elements(rows, inner) == expected
