"""The user's code is what stands in the script's own tree; what is installed in there is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossent.doctor import sites


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


@pytest.mark.parametrize(
    ("home", "own", "foreign"),
    [
        pytest.param(
            "scripts", ["scripts/train.py", "src/mine.py"], ["../elsewhere/other.py"], id="a script of a project"
        ),
        pytest.param(
            "scripts",
            ["scripts/train.py"],
            ["vendor/library.py", ".venv/lib/site-packages/library.py"],
            id="what is installed in the project",
        ),
        pytest.param(
            ".venv/lib/site-packages/package",
            [".venv/lib/site-packages/package/deep/train.py"],
            [".venv/lib/site-packages/library.py"],
            id="an installed package is the program",
        ),
        pytest.param(
            ".venv/lib/site-packages/single.py",
            [".venv/lib/site-packages/single.py"],
            [".venv/lib/site-packages/library.py"],
            id="an installed module of one file is the program",
        ),
    ],
)
def test_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str, own: list[str], foreign: list[str]) -> None:
    project = tmp_path / "project"
    put(project, "pyproject.toml", "vendor/library-1.0.dist-info/METADATA", "scripts/train.py", *own, *foreign)
    monkeypatch.syspath_prepend(str(project / "vendor"))
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    sites.set_own(str(project / home))
    assert [name for name in own if not sites.is_own(str(project / name))] == []
    assert [name for name in foreign if sites.is_own(str(project / name))] == []
    monkeypatch.undo()
    sites.set_own(None)
