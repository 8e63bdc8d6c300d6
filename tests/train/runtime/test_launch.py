"""Processes that are started here: what they give, how they end, and that they end with whoever started them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crossent.train.config.rules import SettingError
from crossent.train.runtime.launch import check_started, started_by_others

from .test_distributed import alone

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
ROOT = Path(__file__).parents[3]


def started(folder: Path, trainings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.train.runtime.launched", str(folder), trainings],
        cwd=ROOT,
        env=alone(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("found", "others", "devices", "expected"),
    [
        # srun -n 2: two steps of one job, which would train two models if each was told of one device.
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_STEP_NUM_TASKS": "2"}, True, 2, None),
        (
            {"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_STEP_NUM_TASKS": "2"},
            True,
            1,
            "devices: expected 2, since",
        ),
        # A shell on a node, or a script without srun.
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "1", "SLURM_STEP_NUM_TASKS": "1"}, False, 2, None),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "8"}, True, 1, None),
        ({"LOCAL_RANK": "0", "RANK": "0", "WORLD_SIZE": "4"}, True, 4, None),
        ({"LOCAL_RANK": "0", "RANK": "0", "WORLD_SIZE": "4"}, True, 2, "devices: expected 4, since torchrun or srun"),
        ({"LOCAL_RANK": "0", "RANK": "0", "WORLD_SIZE": "1"}, True, 1, None),
        ({}, False, 2, None),
    ],
)
def test_as_many_processes_as_were_started(
    found: dict[str, str], others: bool, devices: int, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOCAL_RANK", "RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    assert started_by_others() == others
    if expected is None:
        check_started(devices, 1)
        return
    with pytest.raises(SettingError) as caught:
        check_started(devices, 1)
    assert str(caught.value).startswith(expected)


def test_every_end_of_a_run_reaches_the_program_that_started_it(tmp_path: Path) -> None:
    program = started(tmp_path, "all")
    until(lambda: all((tmp_path / f"waits-{rank}").exists() for rank in (0, 1)))
    program.send_signal(signal.SIGTERM)
    output, errors = program.communicate(timeout=60)
    assert program.returncode == 0, errors
    # Once: only the program that started the others goes on behind a training, and none trains again what has ended.
    (ends,) = map(json.loads, output.splitlines())
    alone, value, wrong, nodes, traced, dead, again, stopped = ends
    assert alone == "alone"
    assert value[0] == "127.0.0.1"
    assert value[1].startswith("lo")
    assert value[2] == "2"
    assert wrong == ["SettingError", "lr: expected a number above 0, got -1; write for example lr=0.1"]
    assert nodes[1].startswith("nodes: expected 1, or a start with torchrun or srun on each machine, got 2; ")
    gone = r"another process of this run is gone: process {} \(pid \d+\) {}"
    assert traced[0] == dead[0] == "TrainingError"
    assert re.fullmatch(gone.format(0, "ended with exit status 1"), traced[1])
    kept = r"\. The last checkpoint is whole; go on with: crossent fit --resume runs/it"
    assert re.fullmatch(gone.format(1, "was ended by SIGKILL") + kept, dead[1])
    assert again == 3
    assert stopped == f"stopped by {int(signal.SIGTERM)}"
    # Settings that are wrong are wrong at the second try too; a death is told each time, and nothing else.
    assert errors.count("all processes start again from the last checkpoint (restarts left: 0)") == 2
    traceback, *notes = errors.split("ZeroDivisionError: nobody's sentence\n")
    assert traceback.count("Traceback") == 1
    assert "Traceback" not in "".join(notes)


def test_processes_stop_when_nobody_watches_them_any_more(tmp_path: Path) -> None:
    program = started(tmp_path, "last")
    until(lambda: all((tmp_path / f"waits-{rank}").exists() for rank in (0, 1)))
    program.kill()
    program.communicate()
    until(lambda: all((tmp_path / f"stopped-{rank}").exists() for rank in (0, 1)))


def test_processes_stop_that_begin_when_nobody_watches_them_any_more(tmp_path: Path) -> None:
    for folder in (tmp_path / "1", tmp_path / "2", tmp_path / "3"):
        folder.mkdir()
        program = started(folder, "last")
        children = Path(f"/proc/{program.pid}/task/{program.pid}/children")
        if not children.exists():
            pytest.skip("this system does not say which processes a process has started")
        until(lambda file=children: len(file.read_text().split()) == 2)
        pids, late = children.read_text().split(), [*folder.glob("waits-*")]
        program.kill()
        late = late or [*folder.glob("waits-*")]
        program.communicate()
        until(lambda pids=pids: not any(Path(f"/proc/{pid}").exists() for pid in pids))
        # On a busy machine one may have begun before this process has seen it.
        if not late:
            assert not list(folder.glob("stopped-*"))
            return
    pytest.skip("this machine is too busy to come between the start of a process and its work")
