"""Small files that would be large: what is read of them, and what is said."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import shutil
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from crossent.train.config.data import DataConfig
from crossent.train.data import load
from crossent.train.data.sources import csv_rows, encoding, json_rows
from crossent.train.data.sources.archives import unpacked
from crossent.train.data.sources.table_files import TableFile
from crossent.train.errors import DataError

PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, for the cache."""
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_cell_of_gigabytes_is_not_read(tmp_path: Path, ending: str, name: str) -> None:
    path = tmp_path / f"{name}.{ending}"
    start = b"text,label\ngood,a\n" if name == "a.csv" else b'{"text": "good", "label": "a"}\n'
    # Several of these formats' files one after the other are one: 1.5 GiB in less than a MiB.
    part = PACKERS[ending](b"a" * (1 << 24))
    path.write_bytes(PACKERS[ending](start) + part * 96)
    assert path.stat().st_size < 1 << 21
    tracemalloc.start()
    try:
        with pytest.raises(DataError) as caught:
            TableFile(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(f"{path.name}:{2 + (name == 'a.csv')}: a line of more than 64 MiB can be no")
    assert peak < 1 << 25


def test_a_value_of_many_lines_has_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "LONGEST", 1 << 12)
    (tmp_path / "a.csv").write_text('text,label\ngood,a\n"' + "more\n" * 1000 + '",b\n')
    with pytest.raises(DataError, match=r"^a.csv:3: a value of more than .* can be no text"):
        TableFile(tmp_path / "a.csv")


def test_a_json_list_has_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"x": 1, "label": "a"}] * 100, indent=1))
    assert TableFile(tmp_path / "a.json").table.num_rows == 100
    monkeypatch.setattr(json_rows, "LONGEST", 1 << 10)
    with pytest.raises(DataError, match=r"^a.json: a JSON list of more than .*JSON lines"):
        TableFile(tmp_path / "a.json")


def test_a_packed_file_that_is_large_unpacked_is_kept_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"x,label\n" + b"1,a\n" * 5000))
    assert path.stat().st_size < 1000 < encoding.size(path)
    assert TableFile(path, memory=1000).table.num_rows == 5000
    assert list((tmp_path / ".cache/crossent").glob("*.arrow"))


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_an_archive_larger_than_the_disk_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("a.csv", bytes(1 << 20))
    else:
        with tarfile.open(path, "w:gz") as archive:
            member = tarfile.TarInfo("a.csv")
            member.size = 1 << 20
            archive.addfile(member, io.BytesIO(bytes(1 << 20)))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 19))
    with pytest.raises(DataError, match=rf"^a.{ending}: it unpacks to more than the 0.0 GiB that the disk has left$"):
        unpacked(path, [])
    assert not list((tmp_path / ".cache/crossent").iterdir())


def png(side: int) -> bytes:
    """A PNG that says that it is this large."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = b""
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")):
        chunks += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("where", ["images", "masks"])
def test_an_image_of_a_billion_pixels_is_a_bad_row(tmp_path: Path, where: str) -> None:
    generator = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (tmp_path / "photos" / folder).mkdir(parents=True)
        for number in range(12):
            pixels = generator.integers(0, 2, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / folder / f"{number}.png")
    (tmp_path / "photos" / where / "3.png").write_bytes(png(1 << 15))
    with pytest.raises(DataError, match=r"3\.png: "):
        load(DataConfig(str(tmp_path / "photos")))
    data = load(DataConfig(str(tmp_path / "photos"), on_bad_row="skip"))
    assert sum(data.census.rows.values()) == 11
