"""Files that are whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossent.core.files import replacing, write_text


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
