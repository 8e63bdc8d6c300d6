"""What one version of torch runs and gets right: a line per group, for `versions.py`, in the environment that has it.

Sixty calls of the losses (in eager code with gradients, without, and compiled into one graph) against the same formulas
in torch and float64; torch.nn patched; the doctor on a script with a mistake; twenty steps of `crossent fit`.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

import crossent
import crossent.functional as X

Call = Callable[..., Tensor]
Case = tuple[str, Call, Call, list[Tensor]]
generator = torch.Generator().manual_seed(0)
TOLERANCE = 1e-5

MISTAKE = """
import torch
model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Softmax(1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(12):
    x, y = torch.randn(8, 4), torch.arange(8) % 3
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
"""


def randn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator)


def cases() -> Iterator[Case]:
    """Name, crossent's call, the same in plain torch, and the floating inputs, whose gradients are compared."""
    labels, soft = torch.arange(48) % 7, randn(48, 7).softmax(1)
    holes, weight = labels.masked_fill(labels == 2, -100), torch.linspace(0.5, 2, 7)
    hard = soft.gt(0.15).float()
    long = torch.arange(40) % 1500

    def softmax(name: str, x: Tensor, *rest: Tensor, **options: object) -> Case:
        def ours(x: Tensor) -> Tensor:
            return X.cross_entropy(x, *rest, **options)

        def theirs(x: Tensor) -> Tensor:
            double = [other.double() if other.is_floating_point() else other for other in rest]
            return F.cross_entropy(x, *double, **options)

        return f"cross_entropy {name}", ours, theirs, [x]

    yield softmax("labels", randn(48, 7), labels)
    yield softmax("large", randn(40, 1500), long)
    yield softmax("weight, ignored", randn(48, 7), holes, weight)
    yield softmax("smoothing", randn(40, 1500), long, label_smoothing=0.1)
    yield softmax("probabilities", randn(48, 7), soft)
    yield softmax("none", randn(40, 1500), long, reduction="none")
    yield softmax("segmentation", randn(2, 7, 40, 40), torch.arange(3200).reshape(2, 40, 40) % 7)

    def binary(
        name: str, shape: tuple[int, ...], target: Tensor, **options: Tensor
    ) -> tuple[str, Call, Call, list[Tensor]]:
        double = {option: value.double() for option, value in options.items()}
        return (
            f"binary_cross_entropy_with_logits {name}",
            lambda x: X.binary_cross_entropy_with_logits(x, target, **options),
            lambda x: F.binary_cross_entropy_with_logits(x, target.double(), **double),
            [randn(*shape)],
        )

    many = hard.repeat(40, 10)
    yield binary("small", (48, 7), hard)
    yield binary("large", (1920, 70), many)
    yield binary("pos_weight", (1920, 70), many, pos_weight=torch.linspace(0.5, 2, 70))
    yield binary("weight", (1920, 70), many, weight=torch.linspace(0.5, 2, 1920)[:, None])
    p = randn(1920, 70).sigmoid()
    yield (
        "binary_cross_entropy",
        lambda x: X.binary_cross_entropy(x, many),
        lambda x: F.binary_cross_entropy(x, many.double()),
        [p],
    )
    yield (
        "nll_loss",
        lambda x: X.nll_loss(x, holes, weight),
        lambda x: F.nll_loss(x, holes, weight.double()),
        [randn(48, 7).log_softmax(1)],
    )
    yield "log_softmax", lambda x: X.log_softmax(x, 1), lambda x: F.log_softmax(x, 1), [randn(3, 7, 11)]

    head = [randn(40, 32), randn(1500, 32), randn(1500)]
    for name, options in (("", {}), (" smoothing", {"label_smoothing": 0.1}), (" none", {"reduction": "none"})):
        yield (
            f"linear_cross_entropy{name}",
            lambda x, w, b, options=options: X.linear_cross_entropy(x, w, long, linear_bias=b, **options),
            lambda x, w, b, options=options: F.cross_entropy(F.linear(x, w, b), long, **options),
            head,
        )
    chosen = torch.zeros(40, 1500).scatter_(1, long[:, None], 1.0)
    yield (
        "linear_binary_cross_entropy",
        lambda x, w, b: X.linear_binary_cross_entropy(x, w, chosen, linear_bias=b),
        lambda x, w, b: F.binary_cross_entropy_with_logits(F.linear(x, w, b), chosen.double()),
        head,
    )
    criterion = crossent.CrossEntropyLoss(weight)
    yield (
        "CrossEntropyLoss(weight)",
        lambda x: criterion(x, labels),
        lambda x: F.cross_entropy(x, labels, weight.double()),
        [randn(48, 7)],
    )
    yield (
        "cross_entropy beyond torch",
        lambda x: X.cross_entropy(x, long, z_loss=1e-4, softcap=30.0),
        lambda x: (
            F.cross_entropy(30 * (x / 30).tanh(), long) + 1e-4 * (30 * (x / 30).tanh()).logsumexp(1).square().mean()
        ),
        [randn(40, 1500)],
    )


def results(call: Call, inputs: list[Tensor], grad: bool) -> list[Tensor]:
    """The loss, and with `grad` the gradients of its sum."""
    leaves = [x.clone().requires_grad_(grad) for x in inputs]
    loss = call(*leaves)
    return [loss.detach(), *torch.autograd.grad(loss.sum(), leaves)] if grad else [loss]


def losses(compiled: bool) -> Iterator[tuple[str, Callable[[], None]]]:
    """Each way of each call, as a check that raises."""

    def check(ours: Call, theirs: Call, inputs: list[Tensor], grad: bool) -> None:
        truth = results(theirs, [x.double() for x in inputs], grad)
        for got, true in zip(results(ours, inputs, grad), truth, strict=True):
            torch.testing.assert_close(got.double(), true, rtol=TOLERANCE, atol=TOLERANCE)

    for name, ours, theirs, inputs in cases():
        if compiled:
            graph = torch.compile(ours, fullgraph=True)
            yield name, lambda args=(graph, theirs, inputs, True): check(*args)
        else:
            yield name, lambda args=(ours, theirs, inputs, True): check(*args)
            yield f"{name}, no_grad", lambda args=(ours, theirs, inputs, False): check(*args)


def patching() -> Iterator[tuple[str, Callable[[], None]]]:
    """torch.nn's losses replaced, and put back."""

    def replaced() -> None:
        before, x, y = F.cross_entropy, randn(48, 7), torch.arange(48) % 7
        held = torch.nn.CrossEntropyLoss()
        true = held(x, y)
        with crossent.patched():
            assert F.cross_entropy is not before
            assert isinstance(torch.nn.CrossEntropyLoss(), type(held))
            torch.testing.assert_close(F.cross_entropy(x, y), true)
            torch.testing.assert_close(held(x, y), true)
        assert F.cross_entropy is before

    yield "patched", replaced


def commands() -> Iterator[tuple[str, Callable[[], None]]]:
    """The doctor and `fit`, as a user starts them."""

    def command(*arguments: str, folder: Path) -> str:
        run = subprocess.run(
            [sys.executable, "-m", "crossent", *arguments], cwd=folder, capture_output=True, text=True, timeout=600
        )
        if run.returncode not in (0, 1) or "Traceback" in run.stderr:
            raise RuntimeError(f"exit status {run.returncode}\n{run.stdout}\n{run.stderr}")
        return run.stdout

    def doctor() -> None:
        with tempfile.TemporaryDirectory() as folder:
            script, report = Path(folder, "mistake.py"), Path(folder, "report.json")
            script.write_text(MISTAKE)
            command("doctor", "--json", str(report), str(script), folder=Path(folder))
            found = [finding["id"] for finding in json.loads(report.read_text())["findings"]]
            assert "softmax-before-cross-entropy" in found, found

    def fit() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command("fit", "digits", "--steps", "20", folder=Path(folder))
            assert list(Path(folder).rglob("report.html")), "no report"

    yield "doctor", doctor
    yield "fit", fit


def main() -> None:
    """Print the versions, then `group passed of all` with the failures below, as JSON."""
    groups = {
        "losses": losses(compiled=False),
        "compiled": losses(compiled=True),
        "patching": patching(),
        "commands": commands(),
    }
    wrong: dict[str, str] = {}
    counts = {}
    for group, checks in groups.items():
        passed = total = 0
        for name, check in checks:
            total += 1
            try:
                check()
                passed += 1
            except Exception as error:
                lines = traceback.format_exception_only(error)
                wrong[f"{group}: {name}"] = "".join(lines).strip()[:2000]
        counts[group] = [passed, total]
    kernels = str(crossent.backends()).partition("\n")[0]
    versions = {"python": platform.python_version(), "torch": torch.__version__, "kernels": kernels}
    print(json.dumps({**versions, "counts": counts, "wrong": wrong}))


if __name__ == "__main__":
    main()
