"""Images with a class per pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, DataError, load

from ..files import mask_folders, write_image


def error(root: Path, **settings: object) -> str:
    with pytest.raises((DataError, SettingError)) as caught:
        load(DataConfig(str(root), **settings))  # type: ignore[arg-type]
    return str(caught.value)


def test_masks_keep_their_classes(tmp_path: Path) -> None:
    data = load(DataConfig(mask_folders(tmp_path)))
    assert (data.schema.task, data.schema.classes, data.schema.new_task().outputs) == (
        "segmentation",
        ("0", "1", "2"),
        3,
    )
    inputs, targets = data.train.read(torch.arange(2))
    assert isinstance(inputs, torch.Tensor)
    assert inputs.shape == (2, 3, 16, 24)
    assert targets is not None
    assert (targets.dtype, targets.shape) == (torch.uint8, (2, 16, 24))
    assert targets[0, 0].tolist() == [0] * 8 + [1] * 8 + [2] * 8


def test_0_and_255_are_two_classes(tmp_path: Path) -> None:
    data = load(DataConfig(mask_folders(tmp_path, (0, 255))))
    assert (data.schema.labels, data.schema.ignore_index) == (("0", "255"), None)
    assert data.train.targets.unique().tolist() == [0, 1]  # type: ignore[union-attr]
    assert "masks of 0 and 255 are read as the classes 0 and 1" in data.census.warnings


def test_255_beside_other_values_does_not_count(tmp_path: Path) -> None:
    data = load(DataConfig(mask_folders(tmp_path, (0, 1, 255))))
    assert (data.schema.classes, data.schema.ignore_index) == (("0", "1"), 255)
    assert data.train.targets.unique().tolist() == [0, 1, 255]  # type: ignore[union-attr]
    assert [count.train for count in data.census.classes] == [8 * 8 * 16] * 2
    assert "mask pixels of 255 do not count (--data.ignore_index)" in data.census.warnings


def test_another_value_that_does_not_count(tmp_path: Path) -> None:
    data = load(DataConfig(mask_folders(tmp_path, (7, 20, 40)), ignore_index=20))
    assert (data.schema.labels, data.schema.ignore_index) == (("7", "40"), 255)
    assert data.train.targets.unique().tolist() == [0, 1, 255]  # type: ignore[union-attr]


def test_palette_masks_are_the_places_in_the_palette(tmp_path: Path) -> None:
    mask_folders(tmp_path)
    for number in range(12):
        mask = np.tile(np.repeat(np.arange(3, dtype=np.uint8), 8), (16, 1))
        write_image(tmp_path / "masks" / f"{number:02}.png", mask, palette=True)
    data = load(DataConfig(str(tmp_path)))
    assert data.schema.labels == ("0", "1", "2")


def test_classes_have_names_where_there_is_a_list(tmp_path: Path) -> None:
    mask_folders(tmp_path)
    (tmp_path / "classes.txt").write_text("天空\nroad\ncar\n", encoding="utf-8")
    assert load(DataConfig(str(tmp_path))).schema.classes == ("天空", "road", "car")


def test_masks_are_resized_without_new_values(tmp_path: Path) -> None:
    mask_folders(tmp_path, (0, 200), size=(40, 30))
    data = load(DataConfig(str(tmp_path), image_size=17))
    assert data.train.targets.shape[1:] == (17, 17)  # type: ignore[union-attr]
    assert data.schema.labels == ("0", "200")


def test_masks_of_one_class_are_no_task(tmp_path: Path) -> None:
    assert error(Path(mask_folders(tmp_path, (0,)))) == (
        f"{tmp_path}: all pixels of the masks have the same value, 0; a model needs at least two classes to tell apart."
    )


def test_mostly_one_class_is_told(tmp_path: Path) -> None:
    mask_folders(tmp_path)
    for number in range(4, 12):
        write_image(tmp_path / "masks" / f"{number:02}.png", np.zeros((16, 24), dtype=np.uint8))
    assert any("training masks hold one class only" in note for note in load(DataConfig(str(tmp_path))).census.warnings)


def test_wrong_masks_are_named(tmp_path: Path) -> None:
    mask_folders(tmp_path)
    masks = tmp_path / "masks"
    (masks / "00.png").unlink()
    write_image(masks / "01.png", np.zeros((16, 24, 3), dtype=np.uint8) + np.array([1, 2, 3], dtype=np.uint8))
    write_image(masks / "02.png", np.zeros((8, 24), dtype=np.uint8))
    assert error(tmp_path) == (
        "images/00.png: it has no mask (a file of the same name in masks/)\n"
        "images/01.png: its mask is in colour: a mask holds a number per pixel (grey or palette PNG), "
        "one for each class\n"
        "images/02.png: its mask has 8x24 pixels, the image 16x24\n"
        "correct it, or leave such rows out with --data.on_bad_row skip"
    )
    assert len(load(DataConfig(str(tmp_path), on_bad_row="skip")).census.skipped) == 3


def coloured(root: Path, values: tuple[tuple[int, int, int], ...], suffix: str = ".png") -> str:
    mask_folders(root)
    bands = np.repeat(np.asarray(values, dtype=np.uint8), 24 // len(values), axis=0)
    for path in list((root / "masks").iterdir()):
        path.unlink()
        write_image(path.with_suffix(suffix), np.tile(bands, (16, 1, 1)))
    return str(root)


def test_colours_are_classes_where_all_masks_are_in_colour(tmp_path: Path) -> None:
    data = load(DataConfig(coloured(tmp_path, ((0, 0, 0), (255, 255, 255), (0, 0, 255), (128, 64, 0)))))
    assert data.schema.classes == ("#000000", "#ffffff", "#0000ff", "#804000")
    # White is one of the colours, and counts.
    assert data.schema.ignore_index is None
    _, targets = data.train.read(torch.arange(1))
    assert targets is not None
    assert targets[0, 0].tolist() == [0] * 6 + [1] * 6 + [2] * 6 + [3] * 6
    assert "masks in colour: each of the 4 colours is a class" in data.census.warnings


def test_names_of_colours(tmp_path: Path) -> None:
    source = coloured(tmp_path, ((0, 0, 0), (0, 128, 0), (128, 0, 0)))
    (tmp_path / "classes.txt").write_text("sky\ntree\nhouse\n", encoding="utf-8")
    assert load(DataConfig(source)).schema.classes == ("sky", "tree", "house")


def test_masks_of_photographs_are_no_classes(tmp_path: Path) -> None:
    mask_folders(tmp_path)
    noise = np.random.default_rng(0).integers(0, 255, (16, 24, 3)).astype(np.uint8)
    for path in (tmp_path / "masks").iterdir():
        write_image(path, noise)
    assert error(tmp_path).startswith(
        f"{tmp_path}: the masks hold 384 different colours: were they resized with smooth"
    )


def test_masks_saved_as_jpeg_are_told(tmp_path: Path) -> None:
    mask_folders(tmp_path, (0, 100, 200))
    for path in list((tmp_path / "masks").iterdir()):
        with Image.open(path) as mask:
            mask.save(path.with_suffix(".jpg"), quality=60)
        path.unlink()
    assert any(line.startswith("masks are JPEG files (") for line in load(DataConfig(str(tmp_path))).census.warnings)


def test_the_folders_of_voc(tmp_path: Path) -> None:
    mask_folders(tmp_path)
    (tmp_path / "images").rename(tmp_path / "JPEGImages")
    (tmp_path / "masks").rename(tmp_path / "SegmentationClass")
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "00.xml").write_text("<annotation/>", encoding="utf-8")
    assert load(DataConfig(str(tmp_path))).schema.task == "segmentation"


def test_boxes_are_no_masks(tmp_path: Path) -> None:
    mask_folders(tmp_path)
    (tmp_path / "masks").rename(tmp_path / "labels")
    for path in list((tmp_path / "labels").iterdir()):
        path.unlink()
        path.with_suffix(".txt").write_text("0 0.5 0.5 0.2 0.2\n", encoding="utf-8")
    assert error(tmp_path).startswith(f"{tmp_path / 'labels'}: there are no masks in it, but 00.txt. Images and masks")


def test_masks_may_be_named_after_their_images(tmp_path: Path) -> None:
    mask_folders(tmp_path)
    for path in list((tmp_path / "masks").iterdir()):
        path.rename(path.with_name(path.stem + "_mask.png"))
    assert sum(load(DataConfig(str(tmp_path))).census.rows.values()) == 12


def test_masks_larger_than_memory_are_read_in_batches(tmp_path: Path) -> None:
    source = mask_folders(tmp_path)
    eager, lazy = load(DataConfig(source)), load(DataConfig(source, memory_mb=0))
    assert lazy.train.lazy
    rows = torch.tensor([3, 0])
    assert torch.equal(eager.train.read(rows)[1], lazy.train.read(rows)[1])  # type: ignore[arg-type]
    assert torch.equal(lazy.train.take(rows).read(torch.tensor([0]))[1], eager.train.read(rows[:1])[1])  # type: ignore[arg-type]


def test_another_task_is_refused(tmp_path: Path) -> None:
    assert error(Path(mask_folders(tmp_path)), task="multiclass").startswith("data.task: expected segmentation")
