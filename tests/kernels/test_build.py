"""crossent can be built and installed where there is no compiler: in plain torch, and it says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ..backend import best as backend

__all__ = ["backend"]
ROOT = Path(__file__).parent.parent.parent
# What pip says where it cannot get the build backend: no index, no network.
UNREACHABLE = ("Could not find a version", "No matching distribution", "Could not fetch URL", "ConnectionError")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of this tree, so without an earlier build, and of a compiler that does not exist."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    for name in ("pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    shutil.copytree(ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("*.so", "__pycache__", "*.egg-info"))
    # Without a network the answer is known at once.
    environment = os.environ | {"CXX": "/nonexistent/c++", "CC": "/nonexistent/cc", "PIP_RETRIES": "0"}
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--wheel-dir", str(out)]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if done.returncode and any(words in said for words in UNREACHABLE):
        pytest.skip("pip cannot get the build backend here")
    assert done.returncode == 0, said
    (built,) = out.glob("*.whl")
    return built


def test_wheel_holds_nothing_compiled(wheel: Path) -> None:
    """It holds every Python file, and is for this machine alone: one for all would shadow later builds."""
    assert not wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert sources <= names
    assert not any(name.endswith((".so", ".pyd", ".dylib", ".cpp", ".hpp")) for name in names)


def test_installed_it_says_why(wheel: Path, tmp_path: Path) -> None:
    """Installed elsewhere it imports, computes, and tells why it computes in plain torch."""
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(tmp_path), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    # Without the site module no editable install stands before the path.
    code = (
        "import torch, crossent; print(crossent.__file__);"
        "print(next(row[3:] for row in crossent.backends() if row.operator == 'nll'));"
        "x = torch.randn(2000, 1000, requires_grad=True);"
        "crossent.CrossEntropyLoss()(x, torch.arange(2000) % 1000).backward(); assert x.grad.isfinite().all()"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    file, choice = done.stdout.splitlines()
    assert Path(file).parent == tmp_path / "crossent"
    reason = (
        "blocked plain torch; no compiled kernels: no C++ compiler was found; with GCC or Clang: "
        "pip install --no-cache-dir --force-reinstall --no-deps crossent"
    )
    assert choice == str(("aten", reason))
