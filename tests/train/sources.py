"""Small data sets in files, each of another task."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

WORDS = {
    "good": ["fine", "lovely", "superb", "<b>great</b>"],
    "bad": ["awful", "poor", "sad", "<script>alert(1)</script>"],
    "so & so": ["average", "okay", "usual", "fair"],
}


def reviews(path: Path, rows: int = 240, labelled: bool = True) -> Path:
    """Texts of three classes, some with the words of another; with quotes, line breaks and markup in them."""
    rng = np.random.default_rng(0)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "review"] + ["label"] * labelled)
        for row in range(rows):
            label = list(WORDS)[row % 3]
            words = WORDS[label if row % 20 else list(WORDS)[(row + 1) % 3]]
            text = " ".join([*rng.choice(words, 5), 'of "the" film,\nit was', str(row)])
            writer.writerow([f"{row:04d}", text] + [label] * labelled)
    return path


def tags(path: Path, rows: int = 300) -> Path:
    """Numbers with any of three labels."""
    rng = np.random.default_rng(0)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "tags"])
        for values in rng.normal(size=(rows, 3)):
            there = values + 0.3 * rng.normal(size=3) > 0.3
            names = "|".join(name for name, is_there in zip(("red", "green", "blue"), there, strict=True) if is_there)
            writer.writerow([*(f"{value:.3f}" for value in values), names])
    return path


def squares(folder: Path, each: int = 20) -> Path:
    """Images of dark or light squares, in folders of class names that HTML would have to escape."""
    rng = np.random.default_rng(0)
    for name, light in (("<dark>", 60), ('"light"', 200)):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            image = rng.integers(0, 60, (16, 16, 3), dtype=np.uint8)
            image[4:12, 4:12] += np.uint8(light - 60)
            Image.fromarray(image).save(folder / name / f"{number:02d}.png")
    return folder


def masks(folder: Path, count: int = 30) -> Path:
    """Images with masks of the values 0, 1 and 7; the first row of each mask is void."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for number in range(count):
        image = rng.integers(0, 60, (16, 20, 3), dtype=np.uint8)
        mask = np.zeros((16, 20), np.uint8)
        top, left = rng.integers(1, 8, 2)
        mask[top : top + 6, left : left + 6], mask[14:] = 1, 7
        image[mask == 1] += 150
        image[mask == 7, 1] += 120
        mask[0] = 255
        Image.fromarray(image).save(folder / "images" / f"{number:02d}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{number:02d}.png")
    return folder
