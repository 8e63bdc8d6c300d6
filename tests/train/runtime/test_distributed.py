"""Several processes: the same training as in one, each sample once, and no rank waits for a dead one."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from crossent.train.data.inputs import TensorInputs
from crossent.train.fitting import fit as fitting
from crossent.train.fitting.api import run
from crossent.train.fitting.feed import RowFeed
from crossent.train.fitting.fit import Outcome
from crossent.train.inference.loading import load_run
from crossent.train.report.findings import Report
from crossent.train.runtime.distributed import World
from crossent.train.state.checkpoint import Checkpoints
from crossent.train.state.history import Row, read_rows

from ..conftest import QUIET
from ..data.files import numbers_csv, write_text
from ..data.test_stream import shards
from ..tasks.test_tasks import dataset
from .ranks import Net, samples, settings

ROOT = Path(__file__).parents[3]


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


Together = Callable[..., None]


@pytest.fixture(scope="module")
def together() -> Iterator[Together]:
    """Runs a training in several processes, as torchrun starts them; see tests/train/runtime/ranks.py."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.train.runtime.ranks"]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None

    def run(count: int, **given: Any) -> None:
        shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port()), "WORLD_SIZE": str(count)}
        shared |= {"GROUP_RANK": "0", "LOCAL_WORLD_SIZE": str(count)}
        processes = [{**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]
        print(json.dumps({"processes": processes, "run": {**given, "devices": count}}), file=server.stdin, flush=True)
        codes, errors = json.loads(server.stdout.readline())
        expected = -signal.SIGKILL if "killed_at" in given else 0
        assert codes == [expected] * count, errors

    yield run
    server.communicate()


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The run in one process, in whole batches."""
    out = tmp_path_factory.mktemp("one")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fitting, "finish", lambda folder, task, *args, closing, **kwargs: Report(task, text=closing))
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


@pytest.fixture(scope="module", params=["ddp", "fsdp2"])
def two(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, together: Together
) -> tuple[str, Path]:
    """A strategy, and the run in two processes with it."""
    # Micro-batches of 3 of steps of 8 and 5 samples: shares of 4, and of 3 and 2, parts of 3 and 1 and nothing.
    out = tmp_path_factory.mktemp(request.param)
    together(2, **settings(str(out), strategy=request.param, name="two", save_every="3steps"))
    return request.param, out / "two"


def test_two_processes_train_as_one(two: tuple[str, Path], one: Outcome) -> None:
    folder = two[1]
    assert_same(folder, one)
    report = json.loads((folder / "metrics.json").read_text())
    assert report["split"] == "test"
    assert len((folder / "predictions.csv").read_text().splitlines()) == 1 + 5


# Killed in the third epoch of five steps each, one step after a checkpoint that stands inside of it.
KILLED = {"save_every": "3steps", "killed_at": 13}


def test_a_killed_run_of_two_processes_goes_on(
    tmp_path: Path, two: tuple[str, Path], one: Outcome, together: Together
) -> None:
    strategy, undisturbed = two
    together(2, **settings(str(tmp_path), strategy=strategy, name="two", **KILLED))
    shutil.copytree(tmp_path / "two", tmp_path / "alone")
    together(2, resume=str(tmp_path / "two"))
    assert history(tmp_path / "two") == history(undisturbed)
    before = weights(undisturbed)
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights(tmp_path / "two").items())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fitting, "finish", lambda folder, task, *args, closing, **kwargs: Report(task, text=closing))
        run(Net(), samples(), resume=tmp_path / "alone", devices=1, strategy="auto", console=QUIET)
    assert_same(tmp_path / "alone", one)


@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_a_killed_run_of_one_process_goes_on_in_two(
    tmp_path: Path, one: Outcome, together: Together, strategy: str
) -> None:
    together(1, **settings(str(tmp_path), micro_batch_size=None, name="run", **KILLED))
    together(2, resume=str(tmp_path / "run"), strategy=strategy)
    assert_same(tmp_path / "run", one)


def test_a_model_in_shards_predicts_a_test_part_without_labels(tmp_path: Path, together: Together) -> None:
    numbers_csv(tmp_path / "set" / "train.csv", rows=60)
    write_text(tmp_path / "set" / "test.csv", "x,z\n5,0\n-5,0\n0.1,0\n")
    quick = {"epochs": 2, "accelerator": "cpu", "logger": "none", "out": str(tmp_path), "name": "run"}
    together(2, source=str(tmp_path / "set"), strategy="fsdp2", **quick)
    with open(tmp_path / "run" / "predictions_test.csv", newline="") as file:
        rows = [float(row["p_b"]) for row in csv.DictReader(file)]
    wanted = load_run(tmp_path / "run").predict(tmp_path / "set" / "test.csv").probabilities
    assert wanted is not None
    assert rows == pytest.approx(wanted.tolist(), abs=1e-4)


@pytest.mark.parametrize("two", ["ddp"], indirect=True)
def test_processes_that_die_are_started_again(tmp_path: Path, two: tuple[str, Path]) -> None:
    given = settings(str(tmp_path), name="two", devices=2, max_restarts=1, **KILLED)
    command = [sys.executable, "-W", "ignore", "-m", "tests.train.runtime.ranks", json.dumps(given)]
    done = subprocess.run(command, cwd=ROOT, env=alone(), capture_output=True, text=True)
    again = r"all processes start again from the last checkpoint \(restarts left: 0\)"
    assert re.fullmatch(rf"\n! process 1 \(pid \d+\) was ended by SIGKILL; {again}\n", done.stderr)
    assert done.returncode == 0
    assert [item.name for item in tmp_path.iterdir()] == ["two"]
    assert history(tmp_path / "two") == history(two[1])
    before = weights(two[1])
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights(tmp_path / "two").items())


def alone() -> dict[str, str]:
    """The environment of a program that nobody started as one of several processes."""
    return {name: value for name, value in os.environ.items() if name not in ("LOCAL_RANK", "WORLD_SIZE")}


def history(folder: Path) -> list[Row]:
    return [replace(row, seconds=0.0) for row in read_rows(folder / "history.csv")]


def test_two_processes_end_together_when_the_time_is_over(tmp_path: Path, together: Together) -> None:
    changed: dict[str, Any] = {"epochs": 100_000, "stop.patience": None, "evaluate_every": "50epochs"}
    together(2, **settings(str(tmp_path), name="two", time_limit="3s", **changed))
    rows = read_rows(tmp_path / "two" / "history.csv")
    report = json.loads((tmp_path / "two" / "metrics.json").read_text())
    assert report["closing"].splitlines()[0].endswith("the time of 3s is over.")
    # Evaluated where both stopped, at a rate that had fallen on both alike.
    assert f"after step {rows[-1].step:,} " in report["closing"]
    assert rows[-1].lr < 0.05


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


def test_a_streamed_run_of_two_processes_that_is_killed_twice_is_the_undisturbed_one(
    tmp_path: Path, together: Together
) -> None:
    source = shards(tmp_path / "shards", group=40)
    given = {
        "source": str(source),
        "data.stream": "always",
        "data.drop": "row",
        "model.name": "mlp",
        "batch_size": 32,
        "epochs": 3,
        "accelerator": "cpu",
        "logger": "none",
        "devices": 2,
        "out": str(tmp_path),
    }
    together(2, **given, name="undisturbed")
    # Ten steps an epoch: killed in the first one, two steps after a checkpoint in it, and in the third.
    killed = {**given, "name": "killed", "save_every": "3steps", "killed_at": [5, 24], "max_restarts": 2}
    command = [sys.executable, "-W", "ignore", "-m", "tests.train.runtime.ranks", json.dumps(killed)]
    done = subprocess.run(command, cwd=ROOT, env=alone(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("was ended by SIGKILL; all processes start again from the last checkpoint") == 2
    assert history(tmp_path / "killed") == history(tmp_path / "undisturbed")
    before = weights(tmp_path / "undisturbed")
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights(tmp_path / "killed").items())


def test_other_processes_go_on_in_the_middle_of_a_streamed_epoch(tmp_path: Path, together: Together) -> None:
    source = shards(tmp_path / "shards", group=40)
    given = {"data.stream": "always", "data.drop": "row", "model.name": "mlp", "batch_size": 32, "epochs": 2}
    where = {"out": str(tmp_path), "name": "run", "accelerator": "cpu", "logger": "none", "console": QUIET}
    run(None, str(source), **given, **where)
    for back, devices in ((6, 2), (3, 1)):
        middle(tmp_path / "run", back)
        if devices == 2:
            together(2, source=str(source), resume=str(tmp_path / "run"))
        else:
            run(None, str(source), resume=tmp_path / "run", devices=1, console=QUIET)
        assert [row.step for row in history(tmp_path / "run")] == [10, 20]


def middle(folder: Path, back: int) -> None:
    """Let the last checkpoint be one in the middle of an epoch, so many steps before its end."""
    state = folder / "last" / "state.json"
    found = json.loads(state.read_text())
    del found["checksum"]
    found["state"] |= {"step": found["state"]["step"] - back, "evaluation": 1, "evaluated_at": 10}
    state.write_text(json.dumps(found))
