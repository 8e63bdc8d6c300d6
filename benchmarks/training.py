"""The cost of a step of `crossent fit` beside a bare loop, with everything on: bar, history, TensorBoard, checkpoints.

A multilayer perceptron 64-128-10, batches of 64, SGD with momentum, one thread: a step of a fifth of a millisecond,
where every microsecond around it shows. All ways take turns in every round; the medians of the rounds are compared.

Goals: at most 1.25 times a bare loop over batches that are sliced already, and at most 0.8 times a bare loop over a
DataLoader. Other trainers are measured where they are installed; into an environment of its own:

    pip install crossent[train] pytorch-ignite accelerate pytorch-lightning==2.6.6
    python benchmarks/training.py
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from crossent.train.config.fit import FitConfig
from crossent.train.config.names import configured
from crossent.train.fitting.fit import Fit
from crossent.train.fitting.preparing import Source
from crossent.train.runtime.interrupt import Wish

BATCH, EPOCHS = 64, 4
GOALS = {"bare, batches": 1.25, "bare, DataLoader": 0.8}


def model() -> nn.Module:
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def sgd(net: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)


class Bench:
    """The ways, each a function that trains from scratch and returns the seconds of its steps."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        generator = torch.Generator().manual_seed(0)
        count = steps * BATCH
        self.x = torch.randn(count + 1000, 64, generator=generator)
        self.y = (self.x @ torch.randn(64, 10, generator=generator)).argmax(1)
        self.train = (self.x[:count], self.y[:count])
        self.val = (self.x[count:], self.y[count:])
        self.batches = list(zip(self.train[0].split(BATCH), self.train[1].split(BATCH), strict=True))

    def loader(self) -> DataLoader[tuple[Tensor, ...]]:
        return DataLoader(TensorDataset(*self.train), batch_size=BATCH, shuffle=True)

    def bare(self, loader: bool) -> float:
        net, batches = model(), self.loader() if loader else self.batches
        optimizer = sgd(net)
        start = time.perf_counter()
        for _ in range(EPOCHS):
            for x, y in batches:
                optimizer.zero_grad()
                loss = cross_entropy(net(x), y)
                loss.backward()
                optimizer.step()
        return time.perf_counter() - start

    def bare_batches(self) -> float:
        return self.bare(loader=False)

    def bare_loader(self) -> float:
        return self.bare(loader=True)

    def crossent(self, train: object = None) -> float:
        settings = {
            "optimizer": "sgd",
            "lr": 0.01,
            "weight_decay": 0.0,
            "epochs": EPOCHS,
            "batch_size": BATCH,
            "accelerator": "cpu",
        }
        data = {"train": self.train if train is None else train, "val": self.val, "test": self.val}
        # A terminal, so that the bar is drawn.
        console = Console(file=io.StringIO(), force_terminal=True)
        with tempfile.TemporaryDirectory() as folder:
            config = configured(FitConfig(), {**settings, "out": folder})
            loop = Fit(config, Source(model(), data), console=console).start(Wish())
            start = time.perf_counter()
            loop.run()
            seconds = time.perf_counter() - start
            for logger in loop.loggers:
                logger.close()
            return seconds

    def crossent_loader(self) -> float:
        return self.crossent(self.loader())

    def ignite(self) -> float:
        from ignite.contrib.handlers import ProgressBar
        from ignite.engine import create_supervised_trainer
        from ignite.metrics import RunningAverage

        net = model()
        trainer = create_supervised_trainer(net, sgd(net), cross_entropy)
        RunningAverage(output_transform=lambda loss: loss).attach(trainer, "loss")
        ProgressBar(file=io.StringIO()).attach(trainer, ["loss"])
        start = time.perf_counter()
        trainer.run(self.batches, max_epochs=EPOCHS)
        return time.perf_counter() - start

    def accelerate(self) -> float:
        from accelerate import Accelerator

        accelerator = Accelerator(cpu=True)
        net = model()
        net, optimizer = accelerator.prepare(net, sgd(net))
        start = time.perf_counter()
        for _ in range(EPOCHS):
            for x, y in self.batches:
                optimizer.zero_grad()
                accelerator.backward(cross_entropy(net(x), y))
                optimizer.step()
        return time.perf_counter() - start

    def lightning(self) -> float:
        import pytorch_lightning as lightning

        class Module(lightning.LightningModule):
            def __init__(self) -> None:
                super().__init__()
                self.net = model()

            def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
                loss = cross_entropy(self.net(batch[0]), batch[1])
                self.log("loss", loss, on_step=False, on_epoch=True, prog_bar=True)
                return loss

            def configure_optimizers(self) -> torch.optim.Optimizer:
                return sgd(self.net)

        with tempfile.TemporaryDirectory() as folder:
            trainer = lightning.Trainer(max_epochs=EPOCHS, accelerator="cpu", default_root_dir=folder)
            # A list would be taken for several loaders.
            batches = DataLoader(self.batches, batch_size=None)  # type: ignore[arg-type]
            start = time.perf_counter()
            trainer.fit(Module(), batches)
            return time.perf_counter() - start

    def ways(self) -> dict[str, Callable[[], float]]:
        ways: dict[str, Callable[[], float]] = {
            "bare, batches": self.bare_batches,
            "bare, DataLoader": self.bare_loader,
            "crossent fit, everything on": self.crossent,
            "crossent fit, a DataLoader of yours": self.crossent_loader,
        }
        others = {
            "ignite": ("Ignite, bar", self.ignite),
            "accelerate": ("Accelerate", self.accelerate),
            "pytorch_lightning": ("Lightning Trainer", self.lightning),
        }
        return ways | {name: way for module, (name, way) in others.items() if find_spec(module)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=500, help="per epoch")
    parser.add_argument("--json", type=Path, help="also write every number to this file")
    given = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    bench = Bench(given.steps)
    ways = bench.ways()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    # The first round is for imports and caches.
    for number in range(given.rounds + 1):
        for name, way in ways.items():
            torch.manual_seed(number)
            taken = way()
            if number:
                seconds[name].append(taken)
    steps = given.steps * EPOCHS
    medians = {name: 1e6 * statistics.median(values) / steps for name, values in seconds.items()}
    versions = f"torch {version('torch')}, crossent {version('crossent')}"
    print(f"{versions}, one CPU thread; µs per step, medians of {given.rounds} rounds")
    for name, value in medians.items():
        ratios = "  ".join(f"{value / medians[base]:5.2f} x {base}" for base in GOALS)
        print(f"{name:<32} {value:7.0f}  {ratios}")
    if given.json:
        given.json.write_text(json.dumps({"microseconds": medians, "seconds": seconds}, indent=1) + "\n")
    reached = {base: medians["crossent fit, everything on"] / medians[base] for base in GOALS}
    for base, goal in GOALS.items():
        print(f"{'reached' if reached[base] <= goal else 'MISSED'}: {reached[base]:.2f} of at most {goal} x {base}")
    return 0 if all(reached[base] <= goal for base, goal in GOALS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
