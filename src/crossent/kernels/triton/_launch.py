"""How a call is cut into programs: pure functions of sizes and of the number of multiprocessors.

Where a reason names registers, they were read off the compiler's output for compute capability 9.0 (docs/lab-log.md).
None of it was timed yet, for want of a GPU.
"""

from __future__ import annotations

from dataclasses import dataclass

# Elements of a thread: 16 take 40 to 64 registers, so that two programs of 16 warps fit a multiprocessor, and one loads
# while the other computes. With 32 they take 79 to 124, and only one fits.
EACH = 16
# Classes of the longest row that one program keeps in registers: 16 warps. Twice that is faster walked twice, as long
# as the rows of all programs of a multiprocessor stay in L1 (three of 64 KiB).
WHOLE = 8192
# What a second read may find in L2: 50 MB on H100 and H200, less what the gradient takes on its way out.
L2 = 40 * 2**20
VECTOR = 16


@dataclass(frozen=True)
class Size:
    """The sizes and layout that a launch depends on.

    planes: neighbours in memory are positions, not classes. aligned: every row begins at a multiple of 16 bytes.
    peelable: if not, a walk over a row may begin with the few classes before one.
    """

    count: int
    classes: int
    itemsize: int
    planes: bool = False
    aligned: bool = True
    peelable: bool = False


@dataclass(frozen=True)
class Launch:
    """A program takes `rows` positions and `block` classes at a time, with `warps` of 32 threads.

    peel: where not 0, so many logits are 16 bytes, and a walk begins with up to peel − 1 of them.
    splits: so many programs share the classes of a row.
    """

    rows: int
    block: int
    warps: int
    peel: int = 0
    splits: int = 1


def forward(size: Size, gradient: bool, heavy: int, splittable: bool, processors: int) -> Launch:
    """The launch of the forward kernel; heavy: options and stats that 64 registers do not hold, 0 to 2."""
    if size.planes:
        return _planes(size.classes)
    # Loads of 2 bytes cost more than a second walk through L1, from a few thousand classes on.
    worth_it = size.peelable and not size.aligned and size.classes > WHOLE // 2 and heavy < 2
    peel = VECTOR // size.itemsize if worth_it else 0
    if size.classes <= WHOLE and not peel:
        return _rows(size.classes)
    if splittable and 2 * size.count < processors:
        # Half of the processors would stand idle: several programs to a row, four to a processor, two tiles each.
        tiles = -(-size.classes // 4096)
        splits = min(-(-tiles // 2), -(-4 * processors // max(1, size.count)))
        if splits > 1:
            return Launch(1, 4096, 8, 0, splits)
    # What is read must stay in L2 until it is read again: where the rows are long, one program of 32 warps to a
    # processor. Heavy ones take up to 125 registers: 8 warps, of which two fit; with 16 they would spill.
    long = gradient and 2 * min(size.count, processors) * size.classes * size.itemsize > L2
    warps = 8 if heavy else 32 if long else 16
    # The classes that are left over at the end of a peeled walk are loaded one by one: the fewer the better.
    return Launch(1, warps * 32 * EACH // (2 if peel or heavy > 1 else 1), warps, peel)


def backward(size: Size) -> Launch:
    """The launch of the backward kernel: elementwise, so a row is cut wherever a tile ends."""
    block = min(power_of_two(size.classes), 32 if size.planes else 2048)
    return Launch(min(2048 // block, 256), block, 4)


def _rows(classes: int) -> Launch:
    """All classes in one tile, and as many positions as fill it."""
    block = power_of_two(classes)
    # Positions of few classes: what is known of each takes registers too.
    rows = max(1, min(2048 // block, 64 if block <= 16 else 32))
    return Launch(rows, block, warps=max(4, rows * block // (32 * EACH)))


def _planes(classes: int) -> Launch:
    """Positions lie side by side: 128 bytes of them or more, and all classes if they are few.

    A walk has 8 elements in a thread, for 96 to 128 registers: with 16 they are 107 to 151, and some spill.
    """
    block = power_of_two(classes)
    if block <= 64:
        return Launch(max(64, min(256, 2048 // block)), block, 4 if block <= 32 else 8)
    return Launch(64, 16, 4)


def elements(rows: int, inner: int) -> Launch:
    """The launch of the elementwise kernel over (rows, inner)."""
    block = min(power_of_two(inner), 1024)
    return Launch(max(1, min(power_of_two(rows), 1024 // block)), block, 4)


def power_of_two(n: int) -> int:
    """The least power of two that is not less than n."""
    return 1 << max(0, n - 1).bit_length()
