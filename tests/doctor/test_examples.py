"""Findings in `examples/wrong/`, and none in the examples of the README."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .forks import Forks

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

WRONG = {
    "chest_x_ray.py": {
        "sigmoid-before-bce-with-logits",
        "bce-target-outside-unit-interval",
        "weight-invalid",
        "nan-loss",
    },
    "defect_detection.py": {"smoothing-with-class-weights", "weighted-sampler-and-class-weight"},
    "fine_tuning.py": {
        "softmax-before-cross-entropy",
        "parameters-not-in-optimizer",
        "parameters-without-gradient",
        "epoch-loss-averaging",
        "eval-mode-during-training",
        "best-weights-alias",
    },
    "plateau.py": {
        "missing-zero-grad",
        "scheduler-wrong-mode",
        "train-mode-during-evaluation",
        "missing-no-grad",
    },
    "segmentation.py": {"mask-collapsed-to-one-class"},
    "tagging.py": {"class-axis-misplaced", "accumulation-mean", "graph-kept-across-batches"},
}


def test_every_wrong_example_is_listed() -> None:
    assert set(WRONG) == {path.name for path in (EXAMPLES / "wrong").glob("*.py")}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_examples(forks: Forks, name: str) -> None:
    script = EXAMPLES / "wrong" / name
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 40
    result = forks.doctor(script)
    assert result.report is not None, result.stderr
    found = {f["id"] for f in result.report["findings"] if f["severity"] != "note"}
    assert found == WRONG[name], result.stderr
    assert result.stdout
    assert result.status == 1


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_right_examples(forks: Forks, script: Path) -> None:
    result = forks.doctor(script)
    assert result.report is not None, result.stderr
    assert [f for f in result.report["findings"] if f["severity"] != "note"] == [], result.stderr
    assert result.status == 0


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_shows_a_real_run(readme: str) -> None:
    root = EXAMPLES.parent
    shown = re.search(
        r"^```console\n\$ crossent doctor (\S+)\n(.+?)^```$", (root / readme).read_text("utf-8"), re.M | re.S
    )
    assert shown is not None
    command = [sys.executable, "-m", "crossent", "doctor", shown[1]]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", timeout=200)
    assert shown[2] == done.stdout + done.stderr
