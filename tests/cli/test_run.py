"""`crossent run`: as `python script.py` would, with crossent's losses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from helper import EXTRA
from torch.nn import CrossEntropyLoss
import torch, torch.nn.functional as F
print(__name__, __file__, sys.argv, EXTRA)
print(CrossEntropyLoss(weight=[1, 4]))
print(F.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 2], dtype=torch.uint8)).item() > 1)
if "--fail" in sys.argv:
    raise ValueError("the user's own error")
if "--exit" in sys.argv:
    sys.exit(7)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "train.py").write_text(SCRIPT)
    (tmp_path / "job" / "helper.py").write_text("EXTRA = 'beside the script'")
    (tmp_path / "job" / "__init__.py").write_text("")
    (tmp_path / "helper.py").write_text("EXTRA = 'in the working directory'")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crossent", "run", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_script_runs_as_main_with_its_arguments(folder: Path) -> None:
    result = run(folder, "job/train.py", "--lr", "3", "--exit")
    assert result.returncode == 7, result.stderr
    first, criterion, *rest = result.stdout.splitlines()
    assert first == f"__main__ {folder}/job/train.py ['job/train.py', '--lr', '3', '--exit'] beside the script"
    assert criterion == "CrossEntropyLoss(weight=[1, 4])"
    assert rest == ["True"]


def test_a_module_runs_as_main(folder: Path) -> None:
    result = run(folder, "-m", "job.train")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("__main__ ")
    assert "in the working directory" in result.stdout


def test_the_scripts_own_error_is_shown_without_crossents_frames(folder: Path) -> None:
    result = run(folder, "job/train.py", "--fail")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "ValueError: the user's own error"
    assert "cli/run.py" not in result.stderr
