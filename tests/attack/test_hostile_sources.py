"""Files and folders that hold what no data hold: read as far as they are data, or refused in our words."""

from __future__ import annotations

import gzip
import io
import os
import random
import re
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crossent.cli import main
from crossent.train.config.data import DataConfig
from crossent.train.config.rules import SettingError
from crossent.train.data import load
from crossent.train.data.records.tables import TableRecords
from crossent.train.errors import DataError
from crossent.wording import say, speaking

from ..train import sources
from ..train.runs import trained

ROWS = "a,label\n" + "".join(f"{row % 7},{'xy'[row % 2]}\n" for row in range(60))
TABLE = {"a": pa.array([1.0, 2.0] * 30), "label": ["x", "y"] * 30}


def _parquet(**columns: pa.Array) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({**TABLE, **columns}), file)
    return file.getvalue()


def _damaged(content: bytes, seed: int) -> bytes:
    """The content with eight other bytes, of which one in the part that is read first."""
    draw, changed = random.Random(seed), bytearray(content)
    for place in (len(changed) - 40, *(draw.randrange(len(changed)) for _ in range(7))):
        changed[place] ^= 1 + draw.randrange(255)
    return bytes(changed)


def _zip(*members: tuple[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members:
            archive.writestr(name, text)
    return file.getvalue()


def _tar(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    file, member = io.BytesIO(), tarfile.TarInfo(name)
    member.type, member.size = kind, len(ROWS) * (kind == tarfile.REGTYPE)
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(member, io.BytesIO(ROWS.encode()))
    return file.getvalue()


def _xlsx(before: str, cell: str) -> bytes:
    import openpyxl

    plain, changed, book = io.BytesIO(), io.BytesIO(), openpyxl.Workbook()
    book.active.append(["a", "label"])
    book.save(plain)
    with zipfile.ZipFile(plain) as archive, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as out:
        for name in archive.namelist():
            text = archive.read(name).decode()
            if name.endswith("sheet1.xml"):
                row = f"<row><c t='inlineStr'><is><t>{cell}</t></is></c></row></sheetData>"
                text = before + text.partition("?>")[2] if "?>" in text else before + text
                text = text.replace("</sheetData>", row)
            out.writestr(name, text)
    return changed.getvalue()


def _npz(x: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, x=x, y=np.arange(len(x)) % 2)
    return file.getvalue()


LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
DEEP = "it is nested too deeply, or holds a number of more digits than Python reads"
# What is refused, and how; None: read as far as it is data.
FILES: dict[str, tuple[bytes, str | None]] = {
    "end never written.csv": (ROWS.encode() + bytes(999), "this is not a text file: it holds zero bytes"),
    "deep.jsonl": (b'{"a":' * 9999 + b"1" + b"}" * 9999, DEEP),
    "deep.json": (b"[" * 99999, DEEP),
    "digits.jsonl": (b'{"a": ' + b"9" * 9999 + b"}", DEEP),
    "half.jsonl": (b'{"a": "\\ud83d", "label": "x"}\n', "holds half of a character"),
    "names.jsonl": (b'{"\\udcff": 1, "label": "x"}\n', "holds half of a character"),
    "footer.parquet": (_damaged(_parquet(), 0), "cannot be read as a .parquet file"),
    "map.parquet": (_parquet(m=pa.array([[("k", 1)]] * 60, pa.map_(pa.string(), pa.int32()))), None),
    "binary.parquet": (_parquet(m=pa.array([b"\xff", b"a"] * 30)), None),
    "lists of lists.parquet": (_parquet(m=pa.array([[[1], [2]], []] * 30)), None),
    "a file and a folder.zip": (_zip(("a", ""), ("a/b.csv", ROWS)), "cannot be unpacked (Not a directory)"),
    "long.zip": (_zip(("x" * 300, ROWS)), "cannot be unpacked (File name too long)"),
    "bad.tar.gz": (gzip.compress(b"no" * 999), "cannot be unpacked (file could not be opened successfully);"),
    "outside.tar": (_tar("../../a.csv"), "is outside the destination"),
    "device.tar": (_tar("a.csv", tarfile.CHRTYPE), "is a special file"),
    "laughs.xlsx": (
        _xlsx(f'<!DOCTYPE x [<!ENTITY a "{"a" * 99}">{LAUGHS}]>', "&m;"),
        "as an .xlsx file (limit",
    ),
    "outside.xlsx": (_xlsx('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"), "undefined entity"),
    "cell.xlsx": (_xlsx("", "a" * (65 << 20)), "a value of more than 64 MiB can be no text"),
    # The sheet says that its one row is A1:B1.
    "size.xlsx": (_xlsx("", "a</t></is></c><c t='inlineStr'><is><t>x"), "all 1 rows have the same label"),
    "texts.npz": (_npz(np.asarray([["a"], ["b"]])), "expected inputs that are numbers, got <U1"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    content, refused = FILES[name]
    (tmp_path / name).write_bytes(content)
    if refused is None:
        assert sum(load(DataConfig(str(tmp_path / name))).census.rows.values()) == 60
        return
    with pytest.raises(DataError, match=re.escape(refused)) as caught:
        load(DataConfig(str(tmp_path / name)))
    with speaking("zh"):
        assert re.search(r"[\u4e00-\u9fff]", say(str(caught.value)))


def test_many_columns_cost_no_more_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(0).random((60, 50)).round(3)
    rows = "".join(f"{','.join(map(str, row))},{'xy'[place % 2]}\n" for place, row in enumerate(numbers))
    (tmp_path / "wide.csv").write_text(f"{','.join(f'c{place}' for place in range(50))},label\n{rows}")
    names, asked = TableRecords.names, []
    counted = property(lambda records: asked.append(1) or names.fget(records))  # type: ignore[attr-defined]
    monkeypatch.setattr(TableRecords, "names", counted)
    load(DataConfig(str(tmp_path / "wide.csv")))
    assert len(asked) < 50


@pytest.mark.parametrize("name", ["pipe.csv", "zero.csv", "pipe", "/dev/null"])
def test_nothing_waits_for_a_pipe_or_a_device(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "zero.csv":
        path.symlink_to("/dev/zero")
    elif not path.exists():
        os.mkfifo(path)
    with pytest.raises(
        DataError, match="this is no file, but a pipe, a device or a socket, and data are read more than"
    ):
        load(DataConfig(str(path)))


def test_a_link_to_nothing_is_not_proposed(tmp_path: Path) -> None:
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    with pytest.raises(SettingError, match=r"a file or folder that exists, .*; write for example data.source='digits'"):
        load(DataConfig(str(tmp_path / "loop.csv")))


def test_names_that_are_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    images = sources.squares(tmp_path / os.fsdecode(b"im\xff"))
    os.rename(images / "<dark>", images / os.fsdecode(b"\xfe"))
    os.rename(images / os.fsdecode(b"\xfe") / "00.png", images / os.fsdecode(b"\xfe") / os.fsdecode(b"\xfd.png"))
    with pytest.raises(SettingError, match="out: expected a path in UTF-8, since safetensors opens no other, got"):
        trained(tmp_path / os.fsdecode(b"run\xff"), DataConfig(str(images)))
    run = trained(tmp_path / "run", DataConfig(str(images)), epochs=1)
    assert run.classes == ('"light"', r"\udcfe")
    for ending in ("csv", "jsonl", "parquet"):
        assert main(["predict", str(run.folder), str(images), "-o", f"out.{ending}"]) == 0
    assert r"\udcfe/\udcfd.png" in (tmp_path / "out.csv").read_text()
    assert main(["fit", "--resume", str(run.folder), "--epochs", "2"]) == 0
    assert main(["test", str(run.folder)]) == 0
