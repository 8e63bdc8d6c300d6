"""Files as users have them, small."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def write_csv(path: Path, rows: Iterable[Sequence[object]], encoding: str = "utf-8", delimiter: str = ",") -> str:
    """A CSV file, the first row being the header; its path as a source."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return str(path)


def write_text(path: Path, text: str, encoding: str = "utf-8") -> str:
    """A file with exactly this text."""
    path.write_bytes(text.encode(encoding))
    return str(path)


def numbers_csv(path: Path, rows: int = 60, **columns: Sequence[object]) -> str:
    """x (a number that tells the class), z (noise), further columns, and label a or b."""
    generator = np.random.default_rng(0)
    header = ["x", "z", *columns, "label"]
    body = []
    for row in range(rows):
        label = "ab"[row % 2]
        x = round(float(generator.normal(row % 2, 0.3)), 4)
        extra = [values[row % len(values)] for values in columns.values()]
        body.append([x, round(float(generator.normal()), 4), *extra, label])
    return write_csv(path, [header, *body])


REVIEWS = (
    ("an excellent and moving film with a great cast, number", "good"),
    ("a boring story told badly by a tired director, number", "bad"),
)


def reviews_csv(path: Path, rows: int = 40) -> str:
    """text and label, each text once."""
    return write_csv(path, [("text", "label"), *((f"{REVIEWS[r % 2][0]} {r}", REVIEWS[r % 2][1]) for r in range(rows))])


def write_image(path: Path, array: np.ndarray, mode: str | None = None, palette: bool = False) -> Path:
    """An image file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(array)
    if mode is not None:
        image = image.convert(mode)
    if palette:
        image.putpalette([value for colour in range(256) for value in (colour, 255 - colour, 7)])
    image.save(path)
    return path


def class_folders(
    root: Path, count: int = 12, size: tuple[int, int] = (16, 16), classes: Sequence[str] = ("cat", "dog")
) -> str:
    """Noise images in one folder per class, the second class lighter."""
    generator = np.random.default_rng(0)
    for place, name in enumerate(classes):
        for number in range(count):
            pixels = generator.integers(0, 128, (*size, 3)) + 100 * (place > 0)
            write_image(root / name / f"{number:02}.png", pixels.astype(np.uint8))
    return str(root)


def mask_folders(
    root: Path, values: Sequence[int] = (0, 1, 2), count: int = 12, size: tuple[int, int] = (16, 24)
) -> str:
    """Images with masks in which every value has a band of columns."""
    generator = np.random.default_rng(0)
    for number in range(count):
        image = generator.integers(0, 255, (*size, 3)).astype(np.uint8)
        mask = np.repeat(np.asarray(values, dtype=np.uint8), -(-size[1] // len(values)))[: size[1]]
        write_image(root / "images" / f"{number:02}.png", image)
        write_image(root / "masks" / f"{number:02}.png", np.tile(mask, (size[0], 1)))
    return str(root)
