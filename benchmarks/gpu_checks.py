"""Checks before a GPU is timed: the tests' own tables on the device, and what only a device can show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

import crossent
import crossent.functional as X

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests import truth
from tests.cases import LINEAR, SIGMOID, SOFTMAX
from tests.functional.check import result
from tests.functional.test_sparse_targets import OPTIONS, given, lists, numbers, written_out
from tests.truth import assert_accurate
from tests.values import Call


def run(device: str) -> list[str]:
    """The failures, one line each; in the interpreter every seventh case, and the checks that need no GPU."""
    if device != "cuda":
        # The interpreter's own fault.
        import_module("tests.kernels.triton.rounding")
    wrong = []
    step = 1 if device == "cuda" else 7
    for name, call in list(_calls())[::step]:
        wrong += _tried(name, lambda call=call: _accurate(call, device))
    for check in (_strays, _upstream, _overwritten, _twice_the_same, _lists, _teachers):
        wrong += _tried(check.__name__.strip("_"), lambda check=check: check(device))
    if device == "cuda":
        for check in (_no_waiting, _captured, _compiled, _far_offsets):
            wrong += _tried(check.__name__.strip("_"), lambda check=check: check(device))
    return wrong


def _tried(name: str, check: Callable[[], None]) -> list[str]:
    try:
        check()
    except Exception as error:  # noqa: BLE001, RUF100 - a kernel that fails is one line among many
        return [f"{name}: {type(error).__name__}: {' '.join(str(error).split())[:300]}"]
    return []


def _calls() -> Iterator[tuple[str, Call]]:
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        for case in SOFTMAX:
            if case.fits(dtype):
                yield f"cross_entropy {case.name} {dtype}", case.call(dtype)
        for function in ("binary_cross_entropy_with_logits", "binary_cross_entropy"):
            for case in SIGMOID:
                if case.fits(dtype) and (case.values == "edges") <= (function == "binary_cross_entropy"):
                    yield f"{function} {case.name} {dtype}", case.call(dtype, function)
    for case in LINEAR:
        yield f"linear_cross_entropy {case.name}", case.call(torch.float32)


def _accurate(call: Call, device: str) -> None:
    """The accuracy rule of the tests, for a call whose tensors are on the device."""
    there = call.with_(**{k: v.to(device) for k, v in call.arguments.items() if isinstance(v, Tensor)})
    linear = call.function.startswith("linear")
    for reduction in ("mean",) if "normalizer" in call.arguments else ("none", "sum", "mean"):
        loss, slopes = result(there, "ours", reduction)
        true_loss, true_slopes = result(call, "truth", reduction)
        torch_loss, torch_slopes = (None, {}) if linear else result(call, "torchs", reduction)
        assert loss is not None
        # A matrix product may round its inputs to fewer digits on a GPU.
        unit = call.unit(reduction) * (2**13 if linear else 1)
        if not loss.dtype.itemsize < 4 or not linear:
            assert_accurate(loss.cpu(), true_loss, torch_loss, unit)
        unit = call.unit(reduction, of_gradient=True) * (2**13 if linear else 1)
        for name, slope in slopes.items():
            size = max(1.0, float(true_slopes[name].nan_to_num().abs().max())) if slope.numel() else 1.0
            scale = unit * (size if linear or name == "target" else 1)
            assert_accurate(slope.cpu(), true_slopes[name], torch_slopes.get(name), scale)


def _lists(device: str) -> None:
    """Targets of a few listed classes, beside the truth of all classes: one tile, walks, planes."""
    for shape, options, tail in product(((6, 37), (2, 9001), (3, 5, 33)), OPTIONS, (False, True)):
        z, target = numbers(shape), lists(shape, 1, tail)
        call = given(options.values[0], shape, 1)
        leaf = z.double().requires_grad_()
        expected = truth.cross_entropy(leaf, written_out(target, shape, 1), **call).value
        (slope,) = torch.autograd.grad(expected, leaf)
        there = {name: value.to(device) if isinstance(value, Tensor) else value for name, value in call.items()}
        x = z.to(device).requires_grad_()
        for reduction in ("mean", "none"):
            found = X.cross_entropy(x, tuple(t.to(device) for t in target), reduction=reduction, **there)
            if reduction == "mean":
                torch.testing.assert_close(found.cpu().double(), expected.detach(), rtol=1e-5, atol=1e-5)
                (ours,) = torch.autograd.grad(found, x)
                torch.testing.assert_close(ours.cpu().double(), slope, rtol=1e-4, atol=1e-6)
            else:
                torch.autograd.grad(found.sum(), x)


def _teachers(device: str) -> None:
    """Distillation and log-probabilities beside torch's composition in float64."""
    x, y = _problem(device)
    teacher = torch.randn_like(x)
    wide = x.detach().double().requires_grad_()
    log_p = wide.log_softmax(1)
    pairs = {
        "distillation": (
            X.distillation(x, teacher, temperature=2.0),
            F.kl_div((wide / 2).log_softmax(1), (teacher.double() / 2).log_softmax(1), None, None, "batchmean", True),
        ),
        "log-probabilities": (X.token_logprobs(x, y).logprobs.sum(), log_p.gather(1, y[:, None]).sum()),
        "entropy": (X.token_logprobs(x, y).entropy.sum(), -(log_p.exp() * log_p).sum()),
    }
    for ours, right in pairs.values():
        torch.testing.assert_close(ours.double(), right, rtol=1e-5, atol=1e-4)
        slopes = torch.autograd.grad(ours, x)[0], torch.autograd.grad(right, wide, retain_graph=True)[0]
        torch.testing.assert_close(slopes[0].double(), slopes[1], rtol=1e-4, atol=1e-5)


def _problem(device: str, n: int = 64, c: int = 300) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randn(n, c, device=device, requires_grad=True), torch.randint(c, (n,), device=device)


def _strays(device: str) -> None:
    """A label out of range: NaN and 0 there, an IndexError later, and the device goes on."""
    x, y = _problem(device)
    y[17] = 2**40
    loss = X.cross_entropy(x, y, reduction="none")
    (slope,) = torch.autograd.grad(loss.nansum(), x)
    assert loss.isnan().nonzero().tolist() == [[17]]
    assert not slope[17].any()
    assert slope[:17].any(1).all()
    said = ""
    try:
        crossent.check()
    except IndexError as error:
        said = str(error)
    assert "first at position 17" in said, f"crossent.check() raised {said!r}"
    y[17] = 0
    assert X.cross_entropy(x, y).isfinite()
    crossent.check()


def _upstream(device: str) -> None:
    """Early gradients for upstream gradients that were guessed and that were not; a kept graph."""
    for reduction in ("sum", "mean"):
        for factor in (1.0, 0.25, 0.25, -3.0, 0.0):
            x, y = _problem(device)
            loss = X.cross_entropy(x, y, reduction=reduction) * factor
            expected = torch.nn.functional.cross_entropy(x.double(), y, reduction=reduction) * factor
            (right,) = torch.autograd.grad(expected, x)
            for _ in range(2):
                (slope,) = torch.autograd.grad(loss, x, retain_graph=True)
                torch.testing.assert_close(slope, right, rtol=1e-4, atol=1e-6)


def _overwritten(device: str) -> None:
    """inplace_backward: the same gradient, where the logits were."""
    x, y = _problem(device)
    logits = x * 1
    (slope,) = torch.autograd.grad(X.cross_entropy(logits, y, inplace_backward=True), logits)
    (expected,) = torch.autograd.grad(X.cross_entropy(x, y), x)
    assert slope.data_ptr() == logits.data_ptr()
    torch.testing.assert_close(slope, expected)


def _twice_the_same(device: str) -> None:
    """The same bits in every run, by every way."""
    for shape in ((64, 300), (3, 9000), (2, 5, 400)):
        x = torch.randn(shape, device=device, requires_grad=True)
        y = torch.randint(5, shape[:1] + shape[2:], device=device)
        for reduction in ("none", "mean"):
            runs = []
            for _ in range(2):
                loss = X.cross_entropy(x, y, reduction=reduction, label_smoothing=0.1)
                runs.append((loss.detach(), torch.autograd.grad(loss.sum(), x)[0]))
            assert all(torch.equal(a, b) for a, b in zip(*runs, strict=True))


@contextmanager
def _waiting_is_an_error() -> Iterator[None]:
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def _steps(device: str) -> list[tuple[str, Callable[[], Any], tuple[Tensor, ...]]]:
    x, y = _problem(device)
    soft, binary = torch.rand_like(x).softmax(1).detach(), torch.rand_like(x).round().detach()
    weight, each = torch.rand(300, device=device), torch.rand(64, device=device)
    ids, q = torch.randint(300, (64, 5), device=device), torch.rand(64, 5, device=device).softmax(1)
    calls = {
        "labels": lambda: X.cross_entropy(x, y, weight=weight, label_smoothing=0.1, z_loss=0.01),
        "probabilities": lambda: X.cross_entropy(x, soft),
        "listed": lambda: X.cross_entropy(x, (ids, q), weight=weight, label_smoothing=0.1),
        "sampled": lambda: X.cross_entropy(x, y, sample_weight=each),
        "distillation": lambda: X.distillation(x, soft),
        "log-probabilities": lambda: X.token_logprobs(x, y).logprobs.sum(),
        "per position": lambda: X.cross_entropy(x, y, reduction="none").sum(),
        "binary": lambda: X.binary_cross_entropy_with_logits(x, binary, pos_weight=weight, ignore_index=-1),
    }
    return [(name, lambda f=f: torch.autograd.grad(f(), x)[0], (x,)) for name, f in calls.items()]


def _no_waiting(device: str) -> None:
    """Forward and backward never wait for the device."""
    for name, step, _ in _steps(device):
        step()
        with _waiting_is_an_error():
            try:
                step()
            except RuntimeError as error:
                raise AssertionError(f"{name} waits: {error}") from error


def _captured(device: str) -> None:
    """A CUDA graph of forward and backward gives, for new numbers, what eager code gives."""
    for name, step, (x,) in _steps(device):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            slope = step()
        with torch.no_grad():
            x.copy_(torch.randn_like(x))
        graph.replay()
        replayed = slope.clone()
        torch.testing.assert_close(replayed, step(), rtol=0, atol=0, msg=lambda text, name=name: f"{name}: {text}")


def _compiled(device: str) -> None:
    """torch.compile(fullgraph=True) gives the eager numbers."""
    x, y = _problem(device)
    compiled = torch.compile(X.cross_entropy, fullgraph=True)
    slopes = [torch.autograd.grad(f(x, y, label_smoothing=0.1), x)[0] for f in (compiled, X.cross_entropy)]
    torch.testing.assert_close(*slopes)


def _far_offsets(device: str) -> None:
    """Logits beyond 2**31 elements: the last rows are those of a call of their own."""
    n, c = 70_000, 32_768
    x = torch.empty(n, c, device=device, dtype=torch.bfloat16).normal_().requires_grad_()
    y = torch.randint(c, (n,), device=device)
    loss = X.cross_entropy(x, y, reduction="sum")
    (slope,) = torch.autograd.grad(loss, x)
    last = x[-5:].detach().clone().requires_grad_()
    (expected,) = torch.autograd.grad(X.cross_entropy(last, y[-5:], reduction="sum"), last)
    torch.testing.assert_close(slope[-5:], expected)
