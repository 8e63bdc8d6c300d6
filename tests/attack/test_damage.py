"""Files of a run that are cut short, changed, emptied or gone: one error that names the file, never a traceback, never
another answer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crossent.train import fit
from crossent.train.config.rules import SettingError
from crossent.train.errors import TrainingError
from crossent.train.fitting import fit as fitting
from crossent.train.inference.loading import load_run
from crossent.train.inference.predict import Predictions
from crossent.train.inference.run import RunError
from crossent.train.report.findings import Report
from crossent.train.state.checkpoint import CheckpointError

from ..train.conftest import QUIET
from ..train.made import Made
from ..train.made import made as made

FILES = (
    "model.json",
    "schema/schema.json",
    "split.json",
    "census.json",
    "calibration.json",
    "thresholds.json",
    "metrics.json",
    "manifest.json",
    "history.csv",
    "config.yaml",
    "best/model.safetensors",
    "best/state.json",
    "last/state.json",
)


def cut(text: bytes) -> bytes:
    return text[: len(text) // 2]


def digit(text: bytes) -> bytes:
    """Another last digit."""
    place = max(text.rfind(str(number).encode()) for number in range(10))
    return text[:place] + (b"7" if text[place : place + 1] != b"7" else b"3") + text[place + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": cut,
    "empty": lambda text: b"",
    "digit": digit,
    "binary": lambda text: bytes(range(256)),
    "list": lambda text: b"[1, 2]",
    "null": lambda text: b"null",
    "missing": lambda text: text,
    "deep": lambda text: b"[" * 100_000,
}


def answer(folder: Path) -> Predictions | str:
    """The predictions of the run, or the error that it gives instead."""
    try:
        return load_run(folder).predict("breast_cancer", threshold="tuned", calibrated=True)
    except RunError as error:
        return str(error)


def resumed(folder: Path) -> str:
    """The error of going on, if any."""
    try:
        fit(resume=folder, console=QUIET)
    except (TrainingError, CheckpointError, SettingError) as error:
        return str(error)
    return ""


def told(text: str, file: str) -> bool:
    """Return whether an error names the file, its folder, or a setting that stands in it."""
    return any(word in text for word in (Path(file).name, f"/{Path(file).parent.name}", "data.source", "stop."))


@pytest.fixture(scope="module")
def right(made: Callable[[str], Made]) -> Predictions:
    return load_run(made("binary").folder).predict("breast_cancer", threshold="tuned", calibrated=True)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_named_and_never_believed(
    made: Callable[[str], Made],
    right: Predictions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    damage: str,
) -> None:
    monkeypatch.setattr(fitting, "finish", lambda folder, task, *args, **kwargs: Report(task))
    folder = Path(shutil.copytree(made("binary").folder, tmp_path / "run"))
    path = folder / file
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
    found = answer(folder)
    assert told(found, file) if isinstance(found, str) else same(found, right)
    problem = resumed(folder)
    assert not problem or told(problem, file), problem


@pytest.mark.parametrize("word", ["calibration.json", "files", "checksum"])
def test_a_damaged_name_in_the_manifest_is_seen(made: Callable[[str], Made], tmp_path: Path, word: str) -> None:
    folder = Path(shutil.copytree(made("binary").folder, tmp_path / "run"))
    text = (folder / "manifest.json").read_text()
    assert text.count(f'"{word}"') == 1
    (folder / "manifest.json").write_text(text.replace(f'"{word}"', f'"x{word[1:]}"'))
    with pytest.raises(RunError, match=r"manifest\.json cannot be read"):
        load_run(folder).predict("breast_cancer", calibrated=True)


def same(one: Predictions, other: Predictions) -> bool:
    return one.labels == other.labels and bool((one.probabilities == other.probabilities).all())
