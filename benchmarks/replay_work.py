"""The digests of `replay.py`, one function per section, each in a process of its own.

Only public names are used, except for the launch tables, which nothing public shows. Lines are "case = digests".
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import importlib
import importlib.util
import inspect
import itertools
import json
import math
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from replay_calls import Call, calls

# The package had another name until the refactoring that this was written for.
PACKAGE = next(name for name in ("crossent", "xent") if importlib.util.find_spec(name))
LEAVES = ("input", "target", "linear_weight", "linear_bias")
SECONDS_OF_A_SCRIPT = 120
# Triton's interpreter takes ten seconds for 100,000.
INTERPRETED_LOGITS = 10_000


def losses(backend: str) -> Iterator[str]:
    """Losses, stats and gradients of the 200 calls, and which backend runs what."""
    try:
        package = importlib.import_module(PACKAGE)
        rows = package.backends()
    except ValueError as error:
        yield f"{backend} could not run = {type(error).__name__}"
        return
    for row in rows:
        yield f"{backend} {row.operator} {row.device} {row.dtype} = runs on {row.backend}"
    few = INTERPRETED_LOGITS if backend == "triton" else math.inf
    for call in (call for call in calls() if call.logits <= few):
        yield f"{backend} {call.label} = {digests(call)}"


def digests(call: Call) -> str:
    """Digests of the loss of a call, of what it returns beside it, and of its gradients."""
    given = call.arguments(PACKAGE)
    # The target's own gradient would be infinite where a class is masked with −inf.
    named = [name for name in LEAVES if name in given and given[name].is_floating_point()]
    leaves = {name: given[name].detach().requires_grad_() for name in named}
    # Into a leaf no gradient may be written.
    passed = {name: leaf.clone() for name, leaf in leaves.items()} if "inplace_backward" in given else leaves
    function = getattr(importlib.import_module(f"{PACKAGE}.functional"), call.function)
    try:
        loss, *beside = _flat(function(**given | passed))
        found = {"loss": [loss.detach()], "stats": beside}
        if leaves:
            found |= gradients(loss, leaves, call)
    except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError) as error:
        return f"raises {type(error).__name__}"
    return " ".join(f"{name}:{digest(*parts)}" for name, parts in found.items() if parts)


def gradients(loss: Tensor, leaves: dict[str, Tensor], call: Call) -> dict[str, list[Tensor]]:
    """The gradient of every leaf, and for some calls the gradient of these gradients."""
    noise = torch.Generator().manual_seed(1)
    # An upstream gradient of 1 is what most backward passes get, and what the kernels guess.
    upstream = torch.randn(loss.shape, generator=noise).to(loss.dtype) if loss.dim() else torch.ones_like(loss)
    inputs = list(leaves.values())
    first = torch.autograd.grad(loss, inputs, upstream, create_graph=call.twice)
    found = {f"d_{name}": [part.detach()] for name, part in zip(leaves, first, strict=True)}
    if call.twice:
        directions = [torch.randn(part.shape, generator=noise).to(part.dtype) for part in first]
        found["second"] = _flat(torch.autograd.grad(first, inputs, directions, allow_unused=True))
    return found


def digest(*tensors: Tensor) -> str:
    """Twelve characters of the SHA-256 of dtypes, shapes, strides and values; every NaN is the same one."""
    whole = hashlib.sha256()
    for tensor in tensors:
        whole.update(f"{tensor.dtype} {tuple(tensor.shape)} {tensor.stride()}".encode())
        if tensor.is_floating_point():
            tensor = tensor.masked_fill(tensor.isnan(), float("nan"))
        whole.update(tensor.reshape(-1).contiguous().view(torch.uint8).numpy().tobytes())
    return whole.hexdigest()[:12]


def _flat(values: Any) -> list[Tensor]:
    """The tensors of nested tuples, without None."""
    if isinstance(values, tuple):
        return [tensor for value in values for tensor in _flat(value)]
    return [] if values is None else [values]


def of_text(*texts: str) -> str:
    """Twelve characters of the SHA-256 of texts."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


CLASSES = (1, 2, 3, 10, 21, 64, 65, 100, 256, 1000, 1024, 4096, 4097, 8192, 8193, 16384, 32768, 50257, 128256, 10**6)
COUNTS = (0, 1, 5, 53, 54, 64, 65, 66, 500, 4096, 2**18)
LAYOUTS = {
    "aligned": {},
    "odd": {"aligned": False},
    "peelable": {"aligned": False, "peelable": True},
    "planes": {"planes": True},
}


def launch() -> Iterator[str]:
    """The tables of kernels/triton/_launch.py: one line per number of classes, size of a logit and layout."""
    try:
        module = importlib.import_module(f"{PACKAGE}.kernels.triton._launch")
        for classes, itemsize, layout in itertools.product(CLASSES, (2, 4), LAYOUTS):
            sizes = [module.Size(count, classes, itemsize, **LAYOUTS[layout]) for count in COUNTS]
            forward = [
                _called(module.forward, size=size, gradient=g, heavy=heavy, splittable=s, processors=processors)
                for size in sizes
                for g, heavy, s in itertools.product((False, True), (0, 1, 2), (False, True))
                for processors in (108, 132)
            ]
            backward = [_called(module.backward, size=size) for size in sizes]
            found = f"forward:{of_text(*forward)} backward:{of_text(*backward)}"
            yield f"{layout} {classes} classes of {itemsize} bytes = {found}"
        for inner in (1, 3, 37, 1000, 1024, 2**20):
            rows = [_called(module.elements, rows=rows, inner=inner) for rows in COUNTS]
            yield f"elements of {inner} = {of_text(*rows)}"
    except (ImportError, AttributeError, TypeError) as error:
        yield f"could not run = {type(error).__name__}: {error}"


def _called(function: Any, **given: Any) -> str:
    """The numbers of a launch, by name; a parameter that nothing is given for is an error."""
    how = function(**{name: given[name] for name in inspect.signature(function).parameters if name in given})
    return str({name: getattr(how, name) for name in ("rows", "block", "warps", "peel", "splits")})


def digits() -> Iterator[str]:
    """`fit digits --epochs 3`: weights, history, test predictions and figures."""
    with tempfile.TemporaryDirectory() as out:
        argv = ["fit", "digits", "--epochs", "3", "--seed", "0", "--threads", "1", "--out", out]
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            status = importlib.import_module(f"{PACKAGE}.cli").main(argv)
        yield f"digits status = {status}"
        run = next(Path(out).iterdir())
        yield from _of_run("digits", run)
        for part in ("best", "last"):
            yield f"digits {part} weights = {_of_weights(run / part)}"


def tasks() -> Iterator[str]:
    """Three epochs of the other tasks through `train.fit`, on data made here."""
    from rich.console import Console

    x = torch.randn(300, 6, generator=torch.Generator().manual_seed(0))
    images = torch.randn(40, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    data = {
        "binary": (x, (x[:, 0] > 0.5).float()),
        "multilabel": (x, (x[:, :4] > 0).float()),
        "segmentation": (images, (images[:, 0] > 0).long()),
    }
    fit = importlib.import_module(f"{PACKAGE}.train").fit
    for task, pair in data.items():
        with tempfile.TemporaryDirectory() as out:
            settings = {"epochs": 3, "seed": 0, "threads": 1, "task": task, "out": out}
            run = fit(data=pair, console=Console(quiet=True), **settings)
            found = run.predict(pair[0][:32])
            yield f"{task} predict = {digest(*_flat((found.prediction, found.probabilities)))}"
            yield from _of_run(task, Path(run.folder))
            yield f"{task} best weights = {_of_weights(Path(run.folder) / 'best')}"


def _of_run(name: str, run: Path) -> Iterator[str]:
    """The measurements and predictions of a run, without times."""
    with open(run / "history.csv", encoding="utf-8", newline="") as file:
        rows = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
    for row in rows:
        yield f"{name} history step {row['step']} = {of_text(json.dumps(row))}"
    predictions = run / "predictions.csv"
    if predictions.exists():
        yield f"{name} predictions = {of_text(predictions.read_text(encoding='utf-8'))}"
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    for key, value in metrics["scores"].items():
        if key != "warnings":  # sentences
            yield f"{name} {key} = {of_text(json.dumps(value))}"


def _of_weights(folder: Path) -> str:
    from safetensors.torch import load_file

    found = load_file(folder / "model.safetensors")
    return of_text(*found) + " " + digest(*found.values())


def doctor() -> Iterator[str]:
    """The doctor's findings in its tests' scripts: identifiers, severities, lines, counts and numbers, no wording."""
    scripts = Path(__file__).parent.parent / "tests" / "doctor" / "scripts"
    main = importlib.import_module(f"{PACKAGE}.cli").main
    for module in (f"{PACKAGE}.cli.doctor", f"{PACKAGE}.doctor", "torch._dynamo", "lightning_fabric"):
        importlib.import_module(module)
    for path in sorted(scripts.rglob("*.py")):
        if path.name != "main.py" and (path.parent / "main.py").exists():
            continue
        name = path.relative_to(scripts).as_posix()
        with tempfile.TemporaryDirectory() as folder:
            status = _forked(lambda report, path=path: main(["doctor", "--json", report, str(path)]), folder)
            report = Path(folder) / "report.json"
            yield f"{name} status = {status}"
            if report.exists():
                yield from _of_findings(name, json.loads(report.read_text(encoding="utf-8")))


def _of_findings(name: str, report: dict[str, Any]) -> Iterator[str]:
    yield f"{name} steps = {report['steps']}"
    for number, found in enumerate(report["findings"], 1):
        told = re.findall(r"\d+(?:[.,]\d+)*(?:e[+-]?\d+)?", f"{found['message']} {found['evidence']}")
        numbers = ", ".join(sorted(set(told)))
        where = Path(found["where"]).name
        yield f"{name} {number} = {found['severity']} {found['id']} {where} {found['count']} times [{numbers}]"


def _forked(work: Any, folder: str) -> int:
    """The exit status of work done in a fork, in a folder, in silence."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.chdir(folder)
            for number in (0, 1, 2):
                os.dup2(os.open(os.devnull, os.O_RDWR), number)
            signal.alarm(SECONDS_OF_A_SCRIPT)
            status = work("report.json")
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    torch.set_num_threads(1)
    section, *arguments = sys.argv[1:]
    for line in globals()[section](*arguments):
        print(line, flush=True)
