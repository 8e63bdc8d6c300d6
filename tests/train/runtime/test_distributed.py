"""Several processes: the same training as in one, each sample once, and no rank waits for a dead one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from crossent.train.data.dataset import TensorInputs
from crossent.train.fitting import fit as fitting
from crossent.train.fitting.feed import RowFeed
from crossent.train.fitting.fit import Outcome, run
from crossent.train.report.finish import Report
from crossent.train.runtime.distributed import World
from crossent.train.state.checkpoint import Checkpoints
from crossent.train.state.history import Row, read_rows

from ..conftest import QUIET
from ..tasks.test_task import dataset
from .ranks import Net, samples, settings

ROOT = Path(__file__).parents[3]


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def together(count: int, **changed: Any) -> None:
    """Run tests/train/runtime/ranks.py in this many processes, as torchrun starts them."""
    shared = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port()), "WORLD_SIZE": str(count)}
    shared |= {"GROUP_RANK": "0", "LOCAL_WORLD_SIZE": str(count)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.train.runtime.ranks"],
            cwd=ROOT,
            env={
                **shared,
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "GROUP_RANK": "0",
                "LOCAL_WORLD_SIZE": str(count),
            },
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(count)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(json.dumps({**changed, "devices": count}))
        process.stdin.close()
        process.stdin = None
    for process in processes:
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The run in one process, in whole batches."""
    out = tmp_path_factory.mktemp("one")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fitting, "finish", lambda *args, closing, **kwargs: Report(text=closing))
        return run(Net(), samples(), console=QUIET, **settings(str(out), micro_batch_size=None))


def weights(folder: Path) -> dict[str, Tensor]:
    checkpoint, _ = Checkpoints(folder).load_last()
    assert checkpoint is not None
    return {name: tensor for name, tensor in checkpoint.model.items() if name != "seen"}


def assert_same(folder: Path, one: Outcome) -> None:
    for name, tensor in weights(one.folder).items():
        torch.testing.assert_close(weights(folder)[name], tensor, rtol=1e-5, atol=1e-6)
    rows: list[Row] = read_rows(folder / "history.csv")
    assert len(rows) == len(one.rows) == 4
    for ours, theirs in zip(rows, one.rows, strict=True):
        assert ours.figures == pytest.approx(theirs.figures, rel=1e-5)
        assert ours.best == theirs.best


@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_two_processes_train_as_one(tmp_path: Path, one: Outcome, strategy: str) -> None:
    # Micro-batches of 3 of steps of 8 and 5 samples: shares of 4, and of 3 and 2, parts of 3 and 1 and nothing.
    together(2, **settings(str(tmp_path), strategy=strategy, name="two"))
    assert_same(tmp_path / "two", one)
    report = json.loads((tmp_path / "two" / "metrics.json").read_text())
    assert report["split"] == "test"
    assert len((tmp_path / "two" / "predictions.csv").read_text().splitlines()) == 1 + 5


def test_a_sharded_run_goes_on_in_one_process(tmp_path: Path, one: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "finish", lambda *args, closing, **kwargs: Report(text=closing))
    together(2, **settings(str(tmp_path), strategy="fsdp2", name="two", epochs=2))
    run(Net(), samples(), resume=tmp_path / "two", devices=1, strategy="auto", epochs=4, console=QUIET)
    assert_same(tmp_path / "two", one)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the child in /proc")
def test_a_killed_process_ends_the_run_with_a_word(tmp_path: Path) -> None:
    arguments = ["digits", "--model", "mlp", "--devices", "2", "--accelerator", "cpu", "--logger", "none"]
    arguments += ["--epochs", "100000", "--patience", "null", "--out", str(tmp_path), "--name", "run"]
    environment = {name: value for name, value in os.environ.items() if name not in ("LOCAL_RANK", "WORLD_SIZE")}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "crossent", "fit", *arguments],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    folder = tmp_path / "run"
    until = time.monotonic() + 120
    while not (folder / "best").exists() and time.monotonic() < until:
        time.sleep(0.1)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == (
        f"crossent fit: error: another process of this run is gone: process 1 (pid {children[0]}) was ended by "
        f"SIGKILL. The last checkpoint is whole; go on with: crossent fit --resume {folder}"
    )
    checkpoint, complaint = Checkpoints(folder).load_last()
    assert checkpoint is not None
    assert complaint == ""


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 12])
def test_an_evaluation_has_every_row_once_and_equally_many_batches(size: int, count: int) -> None:
    shares = [list(World(rank, size).batches(count, 2)) for rank in range(size)]
    assert len({len(share) for share in shares}) == 1
    assert sorted(row for share in shares for rows, own in share for row in rows[:own].tolist()) == list(range(count))
    assert all(len(rows) for share in shares for rows, _ in share)


@pytest.mark.parametrize(("size", "micro"), [(1, None), (2, None), (2, 3), (3, 1)])
def test_a_step_has_every_sample_once_and_equally_many_parts(size: int, micro: int | None) -> None:
    data = dataset(torch.arange(10))
    feeds = [RowFeed(data, 4, micro, World(rank, size)) for rank in range(size)]
    assert {feed.steps_per_epoch for feed in feeds} == {3}
    seen: list[int] = []
    for windows in zip(*(feed.epoch(5, 0) for feed in feeds), strict=True):
        assert len({len(window) for window in windows}) == 1
        seen += [target for window in windows for part in window if part.real for target in part.targets.tolist()]
    assert sorted(seen) == list(range(10))


def test_an_epoch_can_begin_in_its_middle() -> None:
    feed = RowFeed(dataset(torch.arange(10)), 4, None, World())
    whole = [window[0].targets.tolist() for window in feed.epoch(5, 0)]
    assert [window[0].targets.tolist() for window in feed.epoch(5, 2)] == whole[2:]
    assert feed.names(5, 1) == [str(row) for row in whole[1]]
    assert [window[0].targets.tolist() for window in feed.epoch(6, 0)] != whole


class OnDisk(TensorInputs):
    """Read by threads ahead of the steps, each row after a time of its own."""

    lazy = True

    def take(self, rows: Tensor) -> Any:
        if 99 in self.tensors[0][rows]:
            raise OSError("row 99 cannot be read")
        time.sleep(0.002 * float(torch.rand(1, generator=torch.Generator().manual_seed(int(rows[0])))))
        return super().take(rows)


def test_what_is_read_ahead_comes_in_order_and_draws_nothing() -> None:
    values = torch.arange(20.0)
    data = replace(dataset(torch.arange(20)), inputs=OnDisk(values), augment=lambda x, y: (x + torch.rand(1), y))
    memory = replace(data, inputs=TensorInputs(values))
    drawn = []
    for part in (data, memory):
        torch.manual_seed(3)
        windows = list(RowFeed(part, 4, 3, World()).epoch(5, 1))
        drawn.append([[(micro.inputs.tolist(), micro.targets.tolist()) for micro in window] for window in windows])
    assert drawn[0] == drawn[1]
    assert [len(window) for window in drawn[0]] == [2] * 4


def test_an_epoch_that_is_left_early_leaves_no_thread() -> None:
    data = replace(dataset(torch.arange(50)), inputs=OnDisk(torch.arange(50.0)))
    epoch = RowFeed(data, 4, None, World()).epoch(5, 0)
    next(epoch)
    epoch.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("crossent-reader")]


def test_what_cannot_be_read_ends_the_epoch_where_it_stands() -> None:
    data = replace(dataset(torch.arange(100)), inputs=OnDisk(torch.arange(100.0)))
    with pytest.raises(OSError, match="row 99 cannot be read"):
        list(RowFeed(data, 4, None, World()).epoch(5, 0))


def test_world_of_one_passes_everything_on() -> None:
    values = torch.arange(3)
    world = World()
    assert world.sum(values) is values
    assert (world.same("x"), world.gathered("x")) == ("x", ["x"])
