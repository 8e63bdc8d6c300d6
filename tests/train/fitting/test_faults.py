"""Faults that befall a run: a full disk, a damaged checkpoint, a signal, data that have changed. Nothing is lost."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from crossent.train.config.fit import SettingError
from crossent.train.errors import RunError
from crossent.train.fitting.api import run
from crossent.train.state.checkpoint import Checkpoints
from crossent.train.state.manifest import record

from ..conftest import QUIET, Forks, small
from ..state.test_resume import SETTINGS, everything


@pytest.fixture(scope="module")
def whole(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("whole")
    assert forks({**SETTINGS, "out": str(out), "name": "run"})[0] == 0
    return everything(out / "run")


@pytest.fixture
def killed(forks: Forks, tmp_path: Path) -> Path:
    """The folder of a run that died after step 33: last/ is of step 30, previous/ of step 25."""
    assert forks({**SETTINGS, "out": str(tmp_path), "name": "run"}, die=["step", 34])[0] == -signal.SIGKILL
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("file", "damage", "complaint"),
    [
        ("model.safetensors", "cut", r"last/model.safetensors has \d+ bytes instead of [\d,]+: it was cut short"),
        ("state.safetensors", "flip", "last/state.safetensors is damaged: its checksum is not the one in state.json"),
        ("state.json", "cut", "last/state.json cannot be read"),
        ("state.safetensors", "gone", "last/state.safetensors is missing"),
    ],
)  # fmt: skip
def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    forks: Forks, killed: Path, whole: dict[str, Any], file: str, damage: str, complaint: str
) -> None:
    path = killed / "last" / file
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:40] if damage == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    status, text = forks({}, resume=str(killed))
    assert status == 0
    assert re.search(complaint, text)
    assert f"Going on from the checkpoint before it, in {killed / 'previous'}" in text
    assert "going on after step 25" in text
    assert everything(killed) == whole


def test_two_damaged_checkpoints_are_an_error(forks: Forks, killed: Path) -> None:
    for name in ("last", "previous"):
        (killed / name / "model.safetensors").write_bytes(b"")
    status, text = forks({}, resume=str(killed))
    assert status == 1
    assert text.startswith("CheckpointError: ")
    assert text.endswith("; and there is no whole checkpoint before it to go back to")


@pytest.mark.parametrize(
    ("limit", "complaint"),
    [
        # No file may grow beyond this once 20 steps are done: not the history with its second row, …
        (100, "a file in {folder} could not be written: File too large. The last checkpoint is whole"),
        # … or not the checkpoint that follows.
        (3000, "{folder}/last could not be written: File too large. What {folder}/last held before is whole"),
    ],
)
def test_a_full_disk_leaves_the_checkpoint_before(
    forks: Forks, tmp_path: Path, whole: dict[str, Any], limit: int, complaint: str
) -> None:
    status, text = forks({**SETTINGS, "out": str(tmp_path), "name": "run"}, full=[21, limit])
    folder = tmp_path / "run"
    assert status == 1
    go_on = f"Make room, then go on with: crossent fit --resume {folder}"
    assert text == f"TrainingError: {complaint.format(folder=folder)}. {go_on}"
    assert Checkpoints(folder).load_last()[0].state["step"] == 20
    assert [left.name for left in folder.glob(".*")] == [".lock"]
    assert forks({}, resume=str(folder))[0] == 0
    assert everything(folder) == whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_go_on(forks: Forks, tmp_path: Path, whole: dict[str, Any], number: int) -> None:
    status, text = forks({**SETTINGS, "out": str(tmp_path), "name": "run"}, signal=[18, number])
    folder = tmp_path / "run"
    assert status == 128 + number
    name = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
    assert f"Stopped by {name} after step 18 (epoch 0.9); saved in {folder / 'last'}.\n" in text
    assert f"To go on: crossent fit --resume {folder}\n" in text
    assert f"To test the best weights so far: crossent test {folder}\n" in text
    assert Checkpoints(folder).load_last()[0].state["step"] == 18
    assert forks({}, resume=str(folder))[0] == 0
    assert everything(folder) == whole


def test_a_signal_before_the_first_step_saves_too(forks: Forks, tmp_path: Path, whole: dict[str, Any]) -> None:
    # While the data are looked at, or the learning rate is looked for.
    status, text = forks({**SETTINGS, "out": str(tmp_path), "name": "run"}, early=int(signal.SIGTERM))
    folder = tmp_path / "run"
    assert status == 128 + signal.SIGTERM
    assert f"Stopped by SIGTERM after step 0 (epoch 0); saved in {folder / 'last'}.\n" in text
    assert forks({}, resume=str(folder))[0] == 0
    assert everything(folder) == whole


def test_a_finished_run_goes_on_longer(tmp_path: Path) -> None:
    longer = run(config=small(tmp_path, name="longer", epochs=3), console=QUIET)
    run(config=small(tmp_path, name="run", epochs=2), console=QUIET)
    run(resume=tmp_path / "run", epochs=3, console=QUIET)
    assert everything(tmp_path / "run") == everything(longer.folder)
    assert "epochs: 3" in (tmp_path / "run" / "config.yaml").read_text()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"lr": 0.5},
            r"^lr: expected what the run was started with \(None\): only epochs, .* may change, got 0.5",
        ),
        ({"target": "y"}, r"^data.target: expected what the run was started with \(None\)"),
    ],
)
def test_what_a_run_computes_cannot_change_in_its_middle(killed: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        run(resume=killed, console=QUIET, **settings)


def test_other_data_are_noticed(killed: Path) -> None:
    split = json.loads((killed / "split.json").read_text())
    split["train"][0] = "digits:9999"
    (killed / "split.json").write_text(json.dumps(split))
    record(killed, ["split.json"])
    with pytest.raises(RunError, match=r"^the data are not those that .*: 1 rows are gone \(9999\) and 1 rows are new"):
        run(resume=killed, console=QUIET)


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        run(resume=tmp_path, console=QUIET)
    assert str(caught.value) == (
        f"resume: expected the folder of a run, with config.yaml in it, got '{tmp_path}'; "
        "write for example resume='runs/first-try'"
    )
