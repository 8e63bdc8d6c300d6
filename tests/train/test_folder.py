"""A new folder per run, and files that are whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from xent.train.config import SettingError
from xent.train.folder import new_folder, replacing, write_text


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


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    write_text(file, "old\n")

    def fail() -> None:
        with replacing(file) as temporary:
            temporary.write_text("ne")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert file.read_bytes() == b"old\n"
    assert list(tmp_path.iterdir()) == [file]


def test_the_file_is_not_seen_before_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    with replacing(file) as temporary:
        temporary.write_text("new")
        assert not file.exists()
    assert file.read_text() == "new"
