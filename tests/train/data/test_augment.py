"""Random changes to images."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from crossent.train.data import DataConfig, load
from crossent.train.data.augment import ImageAugment

from .files import class_folders, mask_folders


def images(count: int = 4, size: int = 20) -> torch.Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(0)) + 1


@pytest.mark.parametrize("augment", [ImageAugment(), ImageAugment(flip=True), ImageAugment(flip=True, strong=True)])
def test_the_global_generator_decides_alone(augment: ImageAugment) -> None:
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first, _ = augment(images(), None)
    second, _ = augment(images(), None)
    torch.set_rng_state(state)
    again, _ = augment(images(), None)
    assert torch.equal(first, again)  # type: ignore[arg-type]
    assert not torch.equal(first, second)  # type: ignore[arg-type]


def test_a_shift_moves_pixels_and_leaves_the_mean_colour_behind() -> None:
    torch.manual_seed(0)
    before = images(64)
    after, _ = ImageAugment()(before, None)
    assert isinstance(after, torch.Tensor)
    moved = set()
    for old, new in zip(before, after, strict=True):
        found = [
            (down, right)
            for down in range(-2, 3)
            for right in range(-2, 3)
            if torch.equal(
                new[:, max(0, -down) : 20 - max(0, down), max(0, -right) : 20 - max(0, right)],
                old[:, max(0, down) : 20 - max(0, -down), max(0, right) : 20 - max(0, -right)],
            )
        ]
        assert len(found) == 1
        moved.add(found[0])
        assert (new == 0).any() == (found[0] != (0, 0))
    assert len(moved) > 15


def test_a_flip_mirrors_about_half_of_the_images() -> None:
    torch.manual_seed(0)
    before = images(200, 16)[:, :, :, :]
    after, _ = ImageAugment(flip=True, shift=0)(before, None)
    # A shift of 0 still moves by up to one pixel: look at the sums of the rows' middle.
    assert isinstance(after, torch.Tensor)
    ramp = torch.arange(16.0).view(1, 1, 1, 16)
    ramps, _ = ImageAugment(flip=True, shift=0)(ramp.expand(200, 1, 16, 16).clone(), None)
    mirrored = (ramps[:, 0, 8, 12] < ramps[:, 0, 8, 3]).float().mean()  # type: ignore[call-overload]
    assert 0.4 < mirrored < 0.6


def test_masks_move_with_their_images() -> None:
    torch.manual_seed(0)
    masks = (torch.arange(20 * 20).view(1, 20, 20) % 7).expand(50, 20, 20).to(torch.uint8)
    pictures = masks[:, None].float() + 1
    moved, targets = ImageAugment(flip=True)(pictures, masks)
    assert targets is not None
    assert targets.dtype == torch.uint8
    inside = moved[:, 0] > 0  # type: ignore[call-overload]
    assert torch.equal((moved[:, 0] - 1)[inside].to(torch.uint8), targets[inside])  # type: ignore[call-overload]
    assert not torch.equal(targets, masks)


def test_strong_changes_blank_a_square() -> None:
    torch.manual_seed(0)
    changed, _ = ImageAugment(strong=True, shift=0)(images(50, 32), None)
    assert ((changed == 0).flatten(1).float().mean(1) > 0.01).all()  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "changes"), [("auto", True), ("none", False), ("shift", True), ("strong", True)])
def test_only_the_training_part_is_changed(tmp_path: Path, name: str, changes: bool) -> None:
    data = load(DataConfig(class_folders(tmp_path), augment=name))  # type: ignore[arg-type]
    assert (data.train.augment is not None) == changes
    assert data.val.augment is data.test.augment is None
    rows = torch.arange(8)
    assert torch.equal(data.train.read(rows)[0], data.train.batch(rows)[0]) != changes  # type: ignore[arg-type]
    assert torch.equal(data.val.read(rows[:2])[0], data.val.batch(rows[:2])[0])  # type: ignore[arg-type]


def test_tables_and_tiny_images_are_left_alone(tmp_path: Path) -> None:
    assert load(DataConfig("wine")).train.augment is None
    assert load(DataConfig("digits")).train.augment is None
    data = load(DataConfig(mask_folders(tmp_path)))
    assert data.train.batch(torch.arange(4))[1].shape == (4, 16, 24)  # type: ignore[union-attr]
