"""Compile what a call would launch, for a GPU that is not there: registers, spills, and how wide its loads are.

Run as a program (`python -m tests.kernels.triton.offline`) it prints one line of JSON per kernel: the tests read it,
for they themselves run in a process whose kernels are the interpreter's.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import triton
from torch import Tensor
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from crossent.core.spec import LogitTransform, SigmoidSpec, SoftmaxSpec
from crossent.kernels.backend import (
    NO_GRADIENT,
    NO_GUESS,
    EarlyGradient,
    Guess,
    Results,
    SigmoidProblem,
    SoftmaxProblem,
)  # fmt: skip
from crossent.kernels.triton import _sums, sigmoid_xent, softmax_xent

ARCHITECTURES = (90, 80, 100)
TOOLS = Path(triton.__file__).parent / "backends" / "nvidia" / "bin"
TYPES = {
    torch.float32: "*fp32", torch.float64: "*fp64", torch.bfloat16: "*bf16", torch.float16: "*fp16",
    torch.int64: "*i64", torch.int32: "*i32", torch.int16: "*i16", torch.int8: "*i8", torch.uint8: "*u8",
    torch.bool: "*i1",
}  # fmt: skip


@dataclass(frozen=True)
class Compiled:
    """A kernel as the assembler describes it."""

    call: str
    kernel: str
    architecture: int
    warps: int
    registers: int
    stack: int
    local: int
    shared: int
    loads_of_16_bytes: int
    other_loads: int
    stores_of_16_bytes: int
    other_stores: int


def compiled(kernel: Any, arguments: tuple[Any, ...], flags: dict[str, Any], warps: int, arch: int) -> Any:
    """The kernel, specialised as by Triton's launcher: 1 and None are constants, 16 as a divisor is known."""
    names = [p.name for p in kernel.params]
    given = dict(zip(names, arguments, strict=False)) | flags
    assert set(given) == set(names), set(given) ^ set(names)
    signature, constants, attributes = {}, {}, {}

    def kind(value: Any, path: tuple[int, ...], constant: bool) -> Any:
        """The type of an argument, or of each part of a tuple; constants and what 16 divides are noted by path."""
        if constant or value is None or (type(value) is int and value == 1):
            constants[path] = value
            return "constexpr"
        if isinstance(value, Tensor):
            attributes[path] = [["tt.divisibility", 16]]
            return TYPES[value.dtype]
        if isinstance(value, tuple):
            kinds = (kind(part, (*path, place), False) for place, part in enumerate(value))
            return type(value)(*kinds)
        if isinstance(value, float):
            return "fp32"
        if value % 16 == 0:
            attributes[path] = [["tt.divisibility", 16]]
        return "i32" if -(2**31) <= value < 2**31 else "i64"

    for place, parameter in enumerate(kernel.params):
        signature[parameter.name] = kind(given[parameter.name], (place,), parameter.is_constexpr)
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants, attrs=attributes)
    options = {"num_warps": warps, "enable_fp_fusion": False}
    return triton.compile(source, target=GPUTarget("cuda", arch, 32), options=options)


def described(call: str, kernel: Any, binary: Any, warps: int, arch: int) -> Compiled:
    """Registers and loads, from the assembler's own tools and from PTX."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(binary.asm["cubin"])
        file.flush()
        command = [str(TOOLS / "cuobjdump"), "-res-usage", file.name]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    usage = {name: int(number) for name, number in re.findall(r"(REG|STACK|LOCAL|SHARED):(\d+)", said)}
    lines = [line.split("{")[0] for line in binary.asm["ptx"].splitlines()]
    loads = [line for line in lines if "ld.global" in line]
    stores = [line for line in lines if "st.global" in line]
    wide = [sum(bool(re.search(r"v4\.b32|v2\.b64", line)) for line in group) for group in (loads, stores)]
    return Compiled(
        call, kernel.fn.__name__, arch, warps, usage["REG"], usage["STACK"], usage["LOCAL"], usage["SHARED"],
        wide[0], len(loads) - wide[0], wide[1], len(stores) - wide[1],
    )  # fmt: skip


Launched = tuple[Any, tuple[Any, ...], int, dict[str, Any]]


@contextlib.contextmanager
def noted() -> Iterator[list[Launched]]:
    """The launches that calls inside would make; none is made."""
    found: list[Launched] = []

    def launch(kernel: Any, grid: Any, device: Any, *arguments: Any, warps: int, **flags: Any) -> None:
        found.append((kernel, arguments, warps, flags))

    modules = (softmax_xent, sigmoid_xent, _sums)
    before = [module.launch for module in modules]
    try:
        for module in modules:
            module.launch = launch
        yield found
    finally:
        for module, function in zip(modules, before, strict=True):
            module.launch = function


def empty(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """A tensor without memory: only its shape, strides and dtype count here."""
    return torch.empty(shape, dtype=dtype, device="meta")


PLAIN = SoftmaxSpec()


def softmax(
    shape: tuple[int, ...], dtype: str = "bfloat16", *, probabilities: bool = False, weighted: bool = False,
    spec: SoftmaxSpec = PLAIN, stats: bool = False, channels_last: bool = False, gradient: bool = True,
    listed: int = 0,
) -> Callable[[], None]:  # fmt: skip
    """Forward (with its gradient, or without) and backward of one call."""

    def run() -> None:
        positions, classes = shape[:1] + shape[2:], shape[1]
        logits = empty(*shape, dtype=getattr(torch, dtype))
        if channels_last:
            logits = empty(shape[0] * shape[2], classes, dtype=logits.dtype)
            positions = logits.shape[:1]
        target = torch.empty_like(logits) if probabilities else empty(*positions, dtype=torch.int64)
        weight = empty(classes) if weighted else None
        total, saved = empty(dtype=torch.float64), empty(3, *positions)
        kinds = (torch.float32, torch.int64, torch.bool, torch.float32)
        extra = [empty(*positions, dtype=kind) for kind in kinds] if stats else []
        ids = base = None
        if listed:
            ids = empty(positions[0], listed, *positions[1:], dtype=torch.int64)
            target, base = empty(*ids.shape), empty(*positions) if weighted else None
            saved = empty(3, *positions)
        problem = SoftmaxProblem(logits, target, weight, spec, "mean", tuple(target.shape), None, ids, base)
        results = Results(empty(), total, extra, saved)
        if gradient:
            grad, guess = torch.empty_like(logits), empty()
            softmax_xent.forward(problem, results, EarlyGradient(grad, 1.0, guess))
            softmax_xent.backward(problem, empty(), total, saved, grad, None, Guess(guess, empty()))
            if probabilities:
                softmax_xent.backward(problem, empty(), total, saved, grad, torch.empty_like(target), NO_GUESS)
        else:
            results = results._replace(loss=empty(*positions))
            softmax_xent.forward(problem._replace(reduction="none"), results, NO_GRADIENT)

    return run


ALL = SoftmaxSpec(label_smoothing=0.1, z_loss=1e-4, transform=LogitTransform(30.0))
TRANSFORMED = SoftmaxSpec(z_loss=1e-4, transform=LogitTransform(30.0, 0.7))
CALLS: dict[str, Callable[[], None]] = {}
for n, c in (
    (32768, 256), (32768, 1024), (32768, 4096), (32768, 16384), (32768, 65536), (16384, 131072), (8192, 262144),
    (4096, 50257), (4096, 128001), (4096, 151936), (65536, 10), (65536, 100), (4096, 1000), (32768, 32768),
    (64, 128256),
):  # fmt: skip
    CALLS[f"({n}, {c}) bfloat16"] = softmax((n, c))
    CALLS[f"({n}, {c}) bfloat16, no gradient"] = softmax((n, c), gradient=False)
for n, c in ((32768, 1024), (32768, 16384), (8192, 131072), (4096, 1000)):
    CALLS[f"({n}, {c}) float32"] = softmax((n, c), "float32")
    CALLS[f"({n}, {c}) float32, no gradient"] = softmax((n, c), "float32", gradient=False)
for channels_last in (False, True):
    name = "(16, 21, 512·512) bfloat16" + ", channels last" * channels_last
    CALLS[name] = softmax((16, 21, 512 * 512), channels_last=channels_last)
for c in (2, 100, 1000):
    CALLS[f"(16, {c}, 64·64) float16"] = softmax((16, c, 64 * 64), "float16")
for n, c in ((4096, 1000), (4096, 32768), (4096, 128256)):
    CALLS[f"({n}, {c}) bfloat16, all options"] = softmax((n, c), weighted=True, spec=ALL)
    CALLS[f"({n}, {c}) bfloat16, stats"] = softmax((n, c), stats=True)
    CALLS[f"({n}, {c}) bfloat16, probabilities"] = softmax((n, c), probabilities=True)
    CALLS[f"({n}, {c}) float32, probabilities, all options"] = softmax(
        (n, c), "float32", probabilities=True, weighted=True, spec=ALL
    )


for n, c in ((4096, 1000), (4096, 32768), (4096, 128256), (4096, 50257)):
    CALLS[f"({n}, {c}) bfloat16, listed"] = softmax((n, c), listed=20)
    CALLS[f"({n}, {c}) bfloat16, listed, all options"] = softmax((n, c), listed=20, weighted=True, spec=TRANSFORMED)


def sigmoid(
    shape: tuple[int, ...], dtype: str = "bfloat16", *, weighted: bool = False, ignored: bool = False,
    logits: bool = True, smoothing: float = 0.0,
) -> Callable[[], None]:  # fmt: skip
    """Forward with its gradient, and backward for losses one by one, of one call; weights of the last axis."""

    def run() -> None:
        x = empty(*shape, dtype=getattr(torch, dtype))
        weight = empty(shape[-1]).expand(shape) if weighted else None
        spec = SigmoidSpec(logits, -1.0 if ignored else None, smoothing)
        problem = SigmoidProblem(x, torch.empty_like(x), weight, weight if logits else None, spec, "mean")
        grad, total = torch.empty_like(x), empty(dtype=torch.float64)
        sigmoid_xent.forward(problem, Results(empty(), total), EarlyGradient(grad, 1.0, empty()))
        sigmoid_xent.forward(problem, Results(empty(), total), NO_GRADIENT)
        sigmoid_xent.backward(problem, empty(), total, grad, None, Guess(empty(), empty()))
        each = problem._replace(reduction="none")
        sigmoid_xent.backward(each, empty(*shape), total, grad, torch.empty_like(grad), NO_GUESS)

    return run


for dtype in ("bfloat16", "float32"):
    CALLS[f"binary (8192, 8192) {dtype}, weights"] = sigmoid((8192, 8192), dtype, weighted=True)
    CALLS[f"binary (8, 1, 512, 512) {dtype}"] = sigmoid((8, 1, 512, 512), dtype)
    CALLS[f"binary (4096, 1000) {dtype}, missing"] = sigmoid((4096, 1000), dtype, weighted=True, ignored=True)
    CALLS[f"binary (4096, 4096) {dtype}, probabilities"] = sigmoid((4096, 4096), dtype, logits=False, smoothing=0.1)


# Sizes of 1 are constants to the compiler: other kernels than those of large batches.
for shape in ((1, 10), (1, 1), (1, 128256), (1, 50257), (2, 5, 3), (1, 5, 1), (1, 2, 100)):
    CALLS[f"few: {shape} float32"] = softmax(shape, "float32", weighted=True, spec=ALL, stats=True)
    CALLS[f"few: {shape} bfloat16, probabilities"] = softmax(shape, probabilities=True)
for shape in ((1,), (500, 3), (1, 3), (3, 1)):
    CALLS[f"few: binary {shape} float32"] = sigmoid(shape, "float32", weighted=True, ignored=True, smoothing=0.1)

EVERYWHERE = (
    "(32768, 1024) bfloat16", "(32768, 65536) bfloat16", "(16384, 131072) bfloat16", "(8192, 131072) float32",
    "(16, 21, 512·512) bfloat16", "(4096, 1000) bfloat16, all options", "binary (8192, 8192) bfloat16, weights",
)  # fmt: skip


def main(architectures: list[int]) -> None:
    """One line of JSON per kernel; equal ones once."""
    seen = set()
    for call, run in CALLS.items():
        with noted() as launched:
            run()
        for kernel, arguments, warps, flags in launched:
            # The others differ little: a few calls are enough.
            for arch in architectures if call in EVERYWHERE else architectures[:1]:
                binary = compiled(kernel, arguments, flags, warps, arch)
                if (key := (binary.hash, arch)) not in seen:
                    seen.add(key)
                    print(json.dumps(asdict(described(call, kernel, binary, warps, arch))), flush=True)


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or list(ARCHITECTURES))
