"""The source archive holds the sources, and nothing that a build has left behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEPT = ("pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "constraints.txt")


def test_what_a_build_leaves_stays_out(tmp_path: Path) -> None:
    for name in (*KEPT, ".gitignore"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "src", tmp_path / "src")
    for name in (
        "build/cp311/CMakeFiles/kernels.dir/src/crossent/kernels/cpu/nll.cpp.o",
        "build/cp311/src/left.txt",
        "src/crossent/kernels/cpu/_kernels.so",
        "src/crossent/__pycache__/old.pyc",
        ".ci/run",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("left behind")
    code = "from scikit_build_core.build import build_sdist; build_sdist('dist')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, timeout=100)
    (archive,) = (tmp_path / "dist").iterdir()
    with tarfile.open(archive) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src").rglob("*")
        if path.is_file() and path.suffix not in (".so", ".pyc")
    }
    assert names == {*KEPT, *sources, "PKG-INFO"}
