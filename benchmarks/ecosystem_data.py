"""Data of toy size for the scripts of benchmarks/ecosystem.json that read some: made, not downloaded."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy

DRAW = numpy.random.RandomState


def characters() -> None:
    """Make nanoGPT's two files of token numbers, and how many tokens there are."""
    folder = Path("data/shakespeare_char")
    for name, seed in (("train", 0), ("val", 1)):
        DRAW(seed).randint(0, 40, 4000).astype("uint16").tofile(folder / f"{name}.bin")
    (folder / "meta.pkl").write_bytes(pickle.dumps({"vocab_size": 40}))


def masks() -> None:
    """Make pictures of 32 × 32, each with a mask of two classes."""
    from PIL import Image

    draw = DRAW(0)
    for name in ("imgs", "masks"):
        Path("data", name).mkdir(parents=True, exist_ok=True)
    for row in range(40):
        mask = numpy.zeros((32, 32), "uint8")
        top, left = draw.randint(0, 16, 2)
        mask[top : top + 14, left : left + 14] = 1
        pixels = draw.randint(0, 128, (32, 32, 3)) + 100 * mask[..., None]
        Image.fromarray(pixels.astype("uint8")).save(f"data/imgs/{row:03}.png")
        Image.fromarray(mask).save(f"data/masks/{row:03}.png")


def headlines() -> None:
    """Make texts of Chinese characters in ten classes, a tab before the label; the words come from the texts."""
    folder = Path("THUCNews/data")
    (folder / "vocab.pkl").unlink(missing_ok=True)
    for name, rows, seed in (("train", 600, 0), ("dev", 200, 1), ("test", 200, 2)):
        draw, lines = DRAW(seed), []
        for label in draw.randint(0, 10, rows):
            first = 0x4E00 + 20 * label
            letters = draw.randint(first, first + 60, draw.randint(5, 40))
            lines.append("".join(map(chr, letters)) + f"\t{label}\n")
        (folder / f"{name}.txt").write_text("".join(lines), encoding="utf-8")


def reviews() -> None:
    """Make sentences of two classes, a file each."""
    folder = Path("rt-polaritydata")
    folder.mkdir()
    for name, first in (("neg", 0), ("pos", 20)):
        draw = DRAW(first)
        lines = (" ".join(f"w{word}" for word in draw.randint(first, first + 60, 12)) for _ in range(400))
        (folder / f"rt-polarity.{name}").write_text("\n".join(lines), encoding="utf-8")


def citations() -> None:
    """Make a graph of 1,500 papers in seven classes, with words and citations."""
    draw, lines = DRAW(0), []
    labels = draw.randint(0, 7, 1500)
    for paper, label in enumerate(labels):
        words = draw.rand(70) < numpy.where(numpy.arange(70) // 10 == label, 0.3, 0.05)
        words[draw.randint(70)] = True
        lines.append(f"{paper}\t" + "\t".join(str(int(word)) for word in words) + f"\tclass{label}\n")
    folder = Path("data/cora") if Path("data").exists() else Path("../data/cora")
    (folder / "cora.content").write_text("".join(lines), encoding="utf-8")
    cites = (f"{one}\t{other}\n" for one, other in draw.randint(0, 1500, (4000, 2)) if one != other)
    (folder / "cora.cites").write_text("".join(cites), encoding="utf-8")


def points() -> None:
    """Make clouds of points of two categories, every point with its part."""
    folder, draw = Path("shapenet"), DRAW(0)
    (folder / "train_test_split").mkdir(parents=True)
    categories = {"Airplane": "02691156", "Chair": "03001627"}
    lines = (f"{name}\t{number}\n" for name, number in categories.items())
    (folder / "synsetoffset2category.txt").write_text("".join(lines), encoding="utf-8")
    listed: dict[str, list[str]] = {"train": [], "test": []}
    for number in categories.values():
        for name in ("points", "points_label"):
            (folder / number / name).mkdir(parents=True)
        for row in range(40):
            cloud = draw.normal(size=(200, 3)) * (1, 1, 1 + (number == "03001627"))
            numpy.savetxt(folder / number / "points" / f"{row}.pts", cloud, fmt="%.4f")
            numpy.savetxt(folder / number / "points_label" / f"{row}.seg", 1 + (cloud[:, 0] > 0), fmt="%d")
            listed["train" if row < 30 else "test"].append(f"shape_data/{number}/{row}")
    for name, rows in listed.items():
        (folder / f"train_test_split/shuffled_{name}_file_list.json").write_text(json.dumps(rows), encoding="utf-8")


def sentences() -> None:
    """Make three files of words, as of WikiText."""
    folder = Path("data/wikitext-2")
    for name, seed in (("train", 0), ("valid", 1), ("test", 2)):
        words = DRAW(seed).randint(0, 50, (200, 12))
        lines = (" ".join(f"w{word}" for word in line) for line in words)
        (folder / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")


def terminal() -> None:
    """Make a `stty` that knows the size of a terminal where there is none."""
    import os

    Path("stty").write_text("#!/bin/sh\necho 24 80\n", encoding="utf-8")
    Path("stty").chmod(0o755)
    os.environ["PATH"] = f"{Path.cwd()}{os.pathsep}{os.environ['PATH']}"
