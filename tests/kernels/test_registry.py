"""Which backend runs, and why: what a user can read, choose, and build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
import torch

import crossent
from crossent.kernels import cpu, registry

from ..backend import INSTRUCTION_SETS, running
from ..backend import best as backend

__all__ = ["backend"]
BUILT = pytest.mark.skipif(cpu.absence() is not None, reason=str(cpu.absence()))
COMPILED = ("softmax_xent", "sigmoid_xent", "nll", "log_softmax", "token_logprobs", "sparse_xent", "distillation")
# Plain torch has kernels of these too; its log_softmax is torch.log_softmax.
IN_BOTH = COMPILED[:3]


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter, in which warnings are errors, and Triton not the interpreter of this process."""
    command = [sys.executable, "-W", "error", "-c", code]
    environment = os.environ | {"TRITON_INTERPRET": "0"} | environment
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_kernels_are_built_where_they_can_be() -> None:
    """The tests of the compiled kernels are skipped where there are none: never where there is a compiler."""
    compilers = [os.environ.get("CXX") or "c++", "g++", "clang++"]
    if any(shutil.which(compiler.split()[0]) for compiler in compilers):
        assert cpu.absence() is None


@BUILT
def test_instruction_sets_are_told() -> None:
    """Best first, down to the one that every processor of the kind has; the first is what runs."""
    sets = cpu.instruction_sets()
    assert sets[-1] == "baseline"
    assert sets == [name for name in ("avx512", "avx2", "baseline") if name in sets]
    assert cpu.instruction_set() == sets[0]
    with pytest.raises(ValueError, match="this processor or build has no kernels for avx9000"):
        cpu.use("avx9000")


@BUILT
@pytest.mark.parametrize("name", INSTRUCTION_SETS)
def test_backends_tell_the_instruction_set(name: str) -> None:
    """One row per operator and dtype says what runs there: the table that users paste into a report."""
    with running(name):
        rows = [row for row in crossent.backends() if row.device == "cpu"]
        assert cpu.instruction_set() == name
    assert {row.operator for row in rows} == set(registry.OPERATORS)
    for row in rows:
        if row.operator in COMPILED:
            assert (row.backend, row.reason) == ("cpu", f"compiled, {name}")
        elif row.operator.startswith("linear_"):
            theirs = {"linear_sigmoid_xent": "sigmoid_xent", "linear_distillation": "distillation"}
            kernels = theirs.get(row.operator, "softmax_xent")
            assert (row.backend, row.reason) == ("cpu", f"torch's matrix products; {kernels}: compiled, {name}")
        else:
            assert row.backend == "torch"


@pytest.mark.parametrize("name", ["", "aten", "cpu"])
def test_use(name: str) -> None:
    """A backend holds until the next; the module that runs is the one that the table names."""
    if name == "cpu" and (absence := cpu.absence()) is not None:
        pytest.skip(absence)
    expected = name or ("cpu" if cpu.absence() is None else "aten")
    with running("aten"):
        assert registry.use(name) == "aten"
        for operator in IN_BOTH:
            assert registry.choose(operator, "cpu", torch.float32).backend == expected
            kernels = registry.kernels(operator, "cpu", torch.float32)
            assert kernels.__name__ == f"crossent.kernels.{expected}.{operator}"
        if name == "aten":
            assert (
                registry.choose("nll", "cpu", torch.float32).reason
                == "blocked plain torch, as CROSSENT_BACKEND asks for"
            )
        assert registry.use("aten") == name


@BUILT
def test_the_best_is_back_after_another() -> None:
    """use("") after an instruction set takes the best again, and so does "cpu"."""
    with running("baseline"):
        assert cpu.instruction_set() == "baseline"
        for name in ("", "cpu"):
            registry.use("baseline")
            registry.use(name)
            assert cpu.instruction_set() == cpu.instruction_sets()[0]


def test_a_name_that_is_no_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message lists what can be written, and nothing has changed."""
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    before = crossent.backends()
    known = ", ".join(("aten", "cpu", *cpu.instruction_sets()))
    with pytest.raises(ValueError, match=rf"^CROSSENT_BACKEND must be one of {known}, got 'cuda'\.$"):
        registry.use("cuda")
    assert crossent.backends() == before


def test_a_dtype_without_kernels() -> None:
    """A float that torch comes to have goes to plain torch, and the table would say so."""
    choice = registry.choose("nll", "cpu", torch.float8_e4m3fn)
    assert choice == ("aten", "blocked plain torch; no compiled kernel for torch.float8_e4m3fn")


def test_another_device() -> None:
    """So does a device that this build has no kernels for."""
    choice = registry.choose("softmax_xent", "meta", torch.float32)
    assert choice == ("aten", "blocked plain torch; no compiled kernel for meta in this build")


PRINT_ONE = "import crossent; print(next(row for row in crossent.backends() if row.operator == 'nll')[3:])"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("aten", ("aten", "blocked plain torch, as CROSSENT_BACKEND asks for")),
        pytest.param("baseline", ("cpu", "compiled, baseline"), marks=BUILT),
    ],
    ids=["aten", "baseline"],
)
def test_environment(value: str, expected: tuple[str, str]) -> None:
    """CROSSENT_BACKEND chooses for the whole process."""
    done = run_python(PRINT_ONE, CROSSENT_BACKEND=value)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(expected)


def test_environment_that_names_nothing() -> None:
    """A misspelt variable is an error at once, not a slow run."""
    done = run_python(PRINT_ONE, CROSSENT_BACKEND="avx51")
    assert done.returncode != 0
    known = ", ".join(("aten", "cpu", *cpu.instruction_sets()))
    assert f"ValueError: CROSSENT_BACKEND must be one of {known}, got 'avx51'." in done.stderr


# A finder that stands before all others and has the compiled module fail to load with this error.
BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name == "crossent.kernels.cpu._kernels":
            raise {error}
sys.meta_path.insert(0, Blocker())
import torch, crossent
rows = [row for row in crossent.backends() if row.operator != "log_softmax"]
assert {{row.backend for row in rows}} == {{"aten"}}
print(next(row.reason for row in rows if row.operator == "nll"))
x, y = torch.randn(2**11, 2**10, requires_grad=True), torch.arange(2**11) % 2**10
crossent.functional.cross_entropy(x, y, z_loss=0.1).backward()
crossent.functional.nll_loss(x, y).backward()
crossent.functional.binary_cross_entropy_with_logits(x, torch.rand(x.shape)).backward()
crossent.functional.linear_cross_entropy(x, torch.randn(7, 2**10), y % 7).backward()
assert x.grad.isfinite().all()
from crossent.kernels import registry
try:
    registry.use("avx512")
except ValueError as error:
    print(error)
try:
    registry.use("cpu")
    print(registry.choose("nll", "cpu", torch.float32).backend)
finally:
    registry.use("")
"""
AGAIN = "with GCC or Clang: pip install --no-cache-dir --force-reinstall --no-deps crossent"
ABSENT = f"no compiled kernels: the install was a pure one (CROSSENT_PURE=1); {AGAIN}"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("ModuleNotFoundError('No module named _kernels')", ABSENT),
        ("ImportError('libgomp.so.1: cannot open')", "the compiled kernels do not load: libgomp.so.1: cannot open"),
    ],
    ids=["never built", "does not load"],
)
def test_without_compiled_kernels(error: str, reason: str) -> None:
    """Where they are missing, or do not load, everything runs in plain torch, and the table says why."""
    done = run_python(BLOCKED.format(error=error))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"blocked plain torch; {reason}",
        "CROSSENT_BACKEND must be one of aten, cpu, got 'avx512'.",
        "aten",
    ]
