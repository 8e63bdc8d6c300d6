"""Folders of images with a class each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, DataError, load
from crossent.train.data.pixels import read_pixels

from ..files import class_folders, write_image

GRADIENT = np.tile(np.arange(0, 240, 10, dtype=np.uint8), (24, 1))
COLOURS = np.stack([GRADIENT, GRADIENT.T, 255 - GRADIENT], 2)


def test_folders_are_classes(tmp_path: Path) -> None:
    data = load(DataConfig(class_folders(tmp_path, classes=("狗", "cat"))))
    assert (data.schema.kind, data.schema.task, data.schema.classes) == ("image", "binary", ("cat", "狗"))
    assert data.schema.input_shape == (3, 16, 16)
    inputs, targets = data.train.read(torch.arange(len(data.train)))
    assert isinstance(inputs, torch.Tensor)
    assert inputs.mean((0, 2, 3)).abs().max() < 1e-4
    assert (inputs.std((0, 2, 3), correction=0) - 1).abs().max() < 1e-4
    assert targets is not None
    assert [name.split("/")[0] for name in data.train.ids] == [data.schema.classes[int(target)] for target in targets]


def test_what_people_look_at_are_the_pixels_of_the_file(tmp_path: Path) -> None:
    data = load(DataConfig(class_folders(tmp_path)))
    shown = data.test.show(0)
    assert isinstance(shown, torch.Tensor)
    assert torch.equal(shown, torch.from_numpy(np.array(Image.open(tmp_path / data.test.ids[0]))))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "CMYK", "LA", "1", "I;16", "YCbCr"])
def test_every_mode_is_read(tmp_path: Path, mode: str) -> None:
    suffix = {"CMYK": "jpg", "YCbCr": "jpg"}.get(mode, "png")
    path = tmp_path / f"i.{suffix}"
    if mode == "I;16":
        Image.fromarray(GRADIENT.astype(np.uint16) << 8).save(path)
    else:
        write_image(path, COLOURS, mode)
    for channels in (1, 3):
        pixels = read_pixels(path, channels, (24, 24))
        assert (pixels.shape, pixels.dtype) == ((channels, 24, 24), np.uint8)
    if mode == "I;16":
        assert np.array_equal(read_pixels(path, 1, (24, 24))[0], GRADIENT)
    if mode in ("RGB", "RGBA"):
        assert np.array_equal(read_pixels(path, 3, (24, 24)).transpose(1, 2, 0), COLOURS)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    path = write_image(tmp_path / "t.png", np.zeros((4, 4, 4), dtype=np.uint8))
    assert read_pixels(path, 3, (4, 4)).min() == 255


def test_images_that_lie_on_their_side_are_turned(tmp_path: Path) -> None:
    image = Image.fromarray(COLOURS[:12])
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "t.png", exif=exif)
    assert read_pixels(tmp_path / "t.png", 3, (24, 12)).shape == (3, 24, 12)
    assert np.array_equal(read_pixels(tmp_path / "t.png", 3, (24, 12)).transpose(1, 2, 0), np.rot90(COLOURS[:12], -1))


def test_images_of_several_sizes_are_brought_to_one(tmp_path: Path) -> None:
    class_folders(tmp_path, 6, (20, 30), ("a", "b"))
    class_folders(tmp_path, 6, (40, 24), ("c",))
    data = load(DataConfig(str(tmp_path)))
    assert data.schema.input_shape == (3, 16, 16)
    assert "images of 2 sizes are resized to 16x16 (--data.image_size changes that)" in data.census.warnings
    assert load(DataConfig(str(tmp_path), image_size=12)).schema.input_shape == (3, 12, 12)


def test_large_images_are_made_smaller(tmp_path: Path) -> None:
    data = load(DataConfig(class_folders(tmp_path, 4, (300, 400))))
    assert data.schema.input_shape == (3, 128, 128)


def test_grey_images_have_one_channel(tmp_path: Path) -> None:
    for row in range(16):
        write_image(tmp_path / "ab"[row % 2] / f"{row}.png", GRADIENT + np.uint8(row % 2))
    data = load(DataConfig(str(tmp_path)))
    assert data.schema.input_shape == (1, 24, 24)
    assert data.test.show(0).shape == (24, 24, 1)  # type: ignore[union-attr]


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    class_folders(tmp_path)
    whole = (tmp_path / "cat" / "03.png").read_bytes()
    (tmp_path / "cat" / "03.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "dog" / "05.png").write_bytes(b"no image")
    with pytest.raises(DataError) as caught:
        load(DataConfig(str(tmp_path)))
    assert str(caught.value) == (
        "cat/03.png: the image cannot be read (image file is truncated)\n"
        "dog/05.png: it is no image that can be read (damaged, or another kind of file)\n"
        "correct it, or leave such rows out with --data.on_bad_row skip"
    )
    data = load(DataConfig(str(tmp_path), on_bad_row="skip"))
    assert [row.id for row in data.census.skipped] == ["cat/03.png", "dog/05.png"]
    assert sum(data.census.rows.values()) == 22


def test_images_larger_than_memory_are_read_in_batches(tmp_path: Path) -> None:
    source = class_folders(tmp_path)
    eager, lazy = load(DataConfig(source)), load(DataConfig(source, memory_mb=0))
    assert (eager.train.lazy, lazy.train.lazy) == (False, True)
    rows = torch.tensor([5, 1, 1, 8])
    assert torch.allclose(eager.train.read(rows)[0], lazy.train.read(rows)[0], atol=1e-6)  # type: ignore[arg-type]
    part = lazy.train.take(torch.tensor([8, 5]))
    assert part.ids == [lazy.train.ids[8], lazy.train.ids[5]]
    assert torch.equal(part.read(torch.tensor([1]))[0], lazy.train.read(torch.tensor([5]))[0])  # type: ignore[arg-type]


def test_an_image_that_breaks_later_is_named(tmp_path: Path) -> None:
    data = load(DataConfig(class_folders(tmp_path), memory_mb=0))
    (tmp_path / data.train.ids[2]).write_bytes(b"gone")
    with pytest.raises(DataError, match=rf"^{data.train.ids[2]}: it is no image that can be read"):
        data.train.read(torch.tensor([2]))


def test_other_files_are_told(tmp_path: Path) -> None:
    class_folders(tmp_path)
    (tmp_path / "cat" / "notes.txt").write_text("x")
    (tmp_path / "cat" / ".hidden").write_text("x")
    notes = load(DataConfig(str(tmp_path))).census.warnings
    assert "1 other files are left out: cat/notes.txt" in notes


def test_images_without_folders_cannot_be_trained_on(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", COLOURS)
    with pytest.raises(DataError, match=r"one folder per class, such as cats/ and dogs/\.$"):
        load(DataConfig(str(tmp_path)))


def test_folders_by_part(tmp_path: Path) -> None:
    class_folders(tmp_path / "train", 6)
    class_folders(tmp_path / "test", 3)
    data = load(DataConfig(str(tmp_path)))
    assert data.census.rows["test"] == 6
    with pytest.raises(SettingError, match=r"^data.group: expected nothing, since images have their folders"):
        load(DataConfig(str(tmp_path), group="x"))
