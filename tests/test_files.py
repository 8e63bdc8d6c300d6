"""Files that are whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossent.files import replacing, write_text


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


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    file = tmp_path / "same.csv"
    with replacing(file) as first, replacing(file) as second:
        first.write_text("first" * 1000)
        second.write_text("second")
    assert file.read_text() == "first" * 1000
    assert list(tmp_path.iterdir()) == [file]


def test_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    for name in (".same.csv.partial", "same.csv"):
        (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    write_text(tmp_path / "same.csv", "new")
    assert (tmp_path / "elsewhere").read_text() == "kept"
    assert (tmp_path / "same.csv").read_text() == "new"


def test_a_file_is_as_open_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_text(tmp_path / "ours", "new")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode
