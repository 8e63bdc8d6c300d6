"""Public training scripts under crossent doctor, at toy size: what has changed in its findings?

    python benchmarks/ecosystem.py benchmarks/ecosystem.json FOLDER [NAME …]

FOLDER has a clone of each repository, as OWNER+NAME, at the commit that the list names (`git clone`, `git checkout`).
Pictures come from random data sets of the shape of torchvision's, other data from `ecosystem_data.py`, so nothing is
downloaded. The list keeps the errors, warnings and findings in preview of every script, each judged true, arguable or
false; what is new or gone is printed, and makes the exit status 1. Keys of an entry, beside the script's and its
`arguments`: `inside`, the folder of a copy of the repository that it runs in (else an empty one); `paths`, folders that
its imports need; `data`, what is made for it; `absent`, modules that stand-ins take the place of; `steps`, how many
are watched.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import ecosystem_data

SECONDS_AT_MOST = 300
ROWS = 384


def main(listed: str, folder: str, *names: str) -> int:
    """Run the scripts of a list, all or those whose names contain a word; returns 1 if findings differ."""
    import torch

    # What every fork would otherwise import for itself.
    for module in ("torchvision", "crossent.cli.doctor", "crossent.doctor.watch", "crossent.functional"):
        importlib.import_module(module)
    torch.set_num_threads(1)
    entries = json.loads(Path(listed).read_text(encoding="utf-8"))
    different = False
    for entry in entries:
        if not names or any(name in entry["name"] for name in names):
            kept = {(one["id"], one["line"]) for one in entry["findings"]}
            different |= _compare(entry["name"], kept, _findings(entry, Path(folder)))
    return int(different)


def _compare(name: str, kept: set[tuple[str, str]], found: set[tuple[str, str]] | str) -> bool:
    if isinstance(found, str):
        print(f"{name}: did not run: {found}", flush=True)
        return True
    print(f"{name}: {len(found)} findings" + ("" if found != kept else ", as kept"), flush=True)
    for sign, ones in (("+", found - kept), ("-", kept - found)):
        for finding, line in sorted(ones):
            print(f"  {sign} {finding} {line}", flush=True)
    return found != kept


def _findings(entry: dict[str, Any], folder: Path) -> set[tuple[str, str]] | str:
    """What is found in a script, notes that have stood a release left out, with lines; or why it has not run."""
    repository = (folder / entry["repository"].replace("/", "+")).resolve()
    with tempfile.TemporaryDirectory() as empty:
        if "inside" in entry:
            repository = Path(shutil.copytree(repository, Path(empty, "copy"), ignore=shutil.ignore_patterns(".git")))
        cwd = repository / entry["inside"] if "inside" in entry else Path(empty)
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS_AT_MOST)
            os.chdir(cwd)
            for number in (1, 2):
                os.dup2(os.open("written", os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
            _run(repository, entry)
        os.waitpid(child, 0)
        report = Path(cwd, "report.json")
        written = Path(cwd, "written").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        if not report.exists():
            return written[-1] if written else "no report"
        told = json.loads(report.read_text(encoding="utf-8"))
        if told["crash"] is not None:
            return str(told["crash"]["error"])
        findings = (one for one in told["findings"] if one["severity"] != "note" or one["preview"])
        return {(one["id"], one["where"].rpartition("/")[2]) for one in findings}


def _run(repository: Path, entry: dict[str, Any]) -> None:
    """Become the script, watched; never returns."""
    import crossent.cli

    os.environ["MPLBACKEND"] = "agg"
    for name in entry.get("folders", []):
        os.makedirs(name, exist_ok=True)
    sys.path.extend(str(repository / path) for path in entry.get("paths", []))
    sys.modules.update({name: MagicMock() for name in entry.get("absent", [])})
    _toy_datasets()
    _no_cuda()
    options = ["--json", "report.json", "--steps", str(entry.get("steps", 150)), "--fail-on", "never"]
    status = 1
    try:
        if "data" in entry:
            getattr(ecosystem_data, entry["data"])()
        status = crossent.cli.main(["doctor", *options, str(repository / entry["path"]), *entry.get("arguments", [])])
    finally:
        os._exit(status)


def _no_cuda() -> None:
    """Let `x.cuda()` leave a tensor or module where it is, on machines without CUDA."""
    import torch

    if not torch.cuda.is_available():
        for kind in (torch.Tensor, torch.nn.Module):
            kind.cuda = lambda one, *_, **__: one  # type: ignore[assignment]


def _toy_datasets() -> None:
    """Give torchvision's data sets a few random pictures."""
    import numpy
    import torch

    datasets = importlib.import_module("torchvision.datasets")

    def small(real: type, classes: int, shape: tuple[int, ...]) -> type:
        def init(
            self: Any,
            root: Any = "",
            train: bool = True,
            transform: Any = None,
            target_transform: Any = None,
            download: bool = False,
        ) -> None:
            datasets.VisionDataset.__init__(self, str(root), transform=transform, target_transform=target_transform)
            self.train = train
            draw = numpy.random.RandomState(0 if train else 1)
            pixels, labels = draw.randint(0, 256, (ROWS, *shape), "uint8"), draw.randint(0, classes, ROWS)
            gray = len(shape) == 2
            self.data = torch.from_numpy(pixels) if gray else pixels
            self.targets = torch.from_numpy(labels) if gray else labels.tolist()

        return type(real.__name__, (real,), {"__init__": init})

    for name, classes, shape in (
        ("MNIST", 10, (28, 28)),
        ("FashionMNIST", 10, (28, 28)),
        ("CIFAR10", 10, (32, 32, 3)),
        ("CIFAR100", 100, (32, 32, 3)),
    ):
        toy = small(getattr(datasets, name), classes, shape)
        for module in (datasets, datasets.mnist, datasets.cifar):
            if hasattr(module, name):
                setattr(module, name, toy)


if __name__ == "__main__":
    # Some scripts number their words in the order of a set.
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    sys.exit(main(*sys.argv[1:]))
