"""A new folder per run."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossent.train.config.fit import SettingError
from crossent.train.state.folder import new_folder


def test_a_folder_is_never_used_twice(tmp_path: Path) -> None:
    folders = [new_folder(tmp_path / "runs", "digits") for _ in range(3)]
    assert [folder.name for folder in folders] == ["digits", "digits-2", "digits-3"]
    assert all(folder.is_dir() for folder in folders)


@pytest.mark.parametrize("parent", ["file", "file/deeper"])
def test_a_file_in_the_way_is_named(tmp_path: Path, parent: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingError) as caught:
        new_folder(tmp_path / parent, "digits")
    assert str(caught.value) == (
        f"out: expected a folder, or a path where one can be made, got '{tmp_path / parent}'; "
        "write for example out='runs'"
    )
