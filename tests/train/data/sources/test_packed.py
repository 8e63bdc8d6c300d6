"""Packed files and folders, sheets, and addresses on the net."""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zipfile
from datetime import date
from pathlib import Path

import pytest

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, DataError, load
from crossent.train.data.sources.archives import unpacked
from crossent.train.data.sources.table_files import TableFile

from ..files import class_folders, numbers_csv


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, for the cache."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("ending", "pack"), [("bz2", bz2.compress), ("xz", lzma.compress)])
def test_packed_files_are_read(tmp_path: Path, ending: str, pack: object) -> None:
    path = tmp_path / f"a.csv.{ending}"
    path.write_bytes(pack(b"x,label\n1,a\n"))  # type: ignore[operator]
    assert TableFile(path).table.to_pylist() == [{"x": "1", "label": "a"}]
    path.write_bytes(b"no such thing")
    with pytest.raises(DataError, match=rf"^a.csv.{ending}: cannot be unpacked \("):
        TableFile(path)


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_a_packed_folder_is_a_folder(tmp_path: Path, ending: str) -> None:
    folder = Path(class_folders(tmp_path / "pets", 6))
    path = tmp_path / f"pets.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(path, "w") as file:
            for image in folder.rglob("*.png"):
                file.write(image, image.relative_to(tmp_path))
    else:
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, "pets")
    data = load(DataConfig(str(path)))
    assert (data.schema.classes, sum(data.census.rows.values())) == (("cat", "dog"), 12)
    assert data.census.warnings[0] == f"pets.{ending} is unpacked to {unpacked(path, [])}"


def test_chinese_names_of_windows_are_read(tmp_path: Path) -> None:
    stored = "猫/1.txt".encode("gbk").decode("cp437")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        item = zipfile.ZipInfo("plain")
        item.filename = stored
        file.writestr(item, b"x")
    data = (tmp_path / "a.zip").read_bytes()
    # As Windows writes it: the bytes of GBK, and no mark for UTF-8.
    (tmp_path / "a.zip").write_bytes(_without_utf8(data, stored))
    assert (unpacked(tmp_path / "a.zip", []) / "猫" / "1.txt").read_bytes() == b"x"


def _without_utf8(data: bytes, stored: str) -> bytes:
    longer, plain = stored.encode("utf-8"), stored.encode("cp437")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a" * len(plain), b"x")
    assert longer in data
    return buffer.getvalue().replace(b"a" * len(plain), plain)


def test_nothing_is_written_beside_the_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("../../out.csv", "x")
    unpacked(tmp_path / "a.zip", [])
    assert not list(tmp_path.glob("**/../out.csv"))
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("../../out.csv"), io.BytesIO())
    with pytest.raises(DataError, match=r"^b.tar: cannot be unpacked \("):
        unpacked(tmp_path / "b.tar", [])
    assert not list((tmp_path / ".cache/crossent").glob("*b-*"))


def test_a_file_that_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("x")
    with pytest.raises(DataError, match=r"^a.zip: cannot be unpacked \(File is not a zip file\); unpack it, and name"):
        load(DataConfig(str(tmp_path / "a.zip")))


def test_a_sheet_under_its_title(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl reads sheets")
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [
        ["Sales"],
        [],
        ["price", "sold", "new", "kind"],
        [1.5, date(2024, 2, 29), True, "a"],
        [2, None, None, "b"],
    ]:
        sheet.append(row)
    book.create_sheet("remarks").append(["by Anna"])
    book.save(tmp_path / "sales.xlsx")
    file = TableFile(tmp_path / "sales.xlsx")
    assert file.table.to_pylist() == [
        {"price": "1.5", "sold": "2024-02-29", "new": "1", "kind": "a"},
        {"price": "2", "sold": "", "new": "", "kind": "b"},
    ]
    assert file.lines.tolist() == [4, 5]
    assert file.notes == [
        "sales.xlsx: the sheet 'Sheet' is read, and not 'remarks'; save these as files",
        "sales.xlsx:1: left out above the names: Sales | | |",
    ]


def test_a_cover_sheet_is_no_table(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Wages 1976 to 1982"])
    book.active.append(["made by hand"])
    sheet = book.create_sheet("Data")
    for row in (["Panel of wages"], [], [None, "years", "union"], *([n, n % 9, "yn"[n % 2]] for n in range(30))):
        sheet.append(row)
    book.save(tmp_path / "wages.xlsx")
    file = TableFile(tmp_path / "wages.xlsx")
    assert (file.table.column_names, file.table.num_rows) == (["", "years", "union"], 30)
    assert file.notes == [
        "wages.xlsx: the sheet 'Data' is read, and not 'Sheet'; save these as files",
        "wages.xlsx:1: left out above the names: Panel of wages | |",
    ]


def test_a_sheet_that_is_none(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl", reason="openpyxl reads sheets")
    (tmp_path / "a.xlsx").write_text("x,y\n")
    with pytest.raises(DataError, match=r"^a.xlsx: cannot be read as an .xlsx file \("):
        TableFile(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("source", "command", "local"),
    [
        ("https://example.org/data/a.csv", "curl -LO https://example.org/data/a.csv", "a.csv"),
        ("hf://datasets/anna/films", "hf download anna/films --repo-type dataset --local-dir films", "films"),
        ("https://huggingface.co/datasets/anna/films", "hf download anna/films --repo-type dataset --local-dir films",
         "films"),
        ("s3://bucket/a.csv", "aws s3 cp s3://bucket/a.csv .", "a.csv"),
    ],
)  # fmt: skip
def test_nothing_is_fetched_from_the_net(source: str, command: str, local: str) -> None:
    with pytest.raises(SettingError) as caught:
        load(DataConfig(source))
    assert str(caught.value) == (
        f"data.source: expected data on this computer; fetch them with: {command}, got {source!r}; "
        f"write for example data.source={local!r}"
    )


def test_a_part_from_the_net(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^data.test: expected data on this computer; fetch them with: curl -LO"):
        load(DataConfig(numbers_csv(tmp_path / "a.csv"), test="https://example.org/b.csv"))
