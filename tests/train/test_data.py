"""The digits, their split, their batches."""

from __future__ import annotations

import pytest
import torch

from xent.train.config import SettingError
from xent.train.data import load
from xent.train.data.batches import batch_count, epoch_seed, ordered_batches, shuffled_batches
from xent.train.data.labelled import LabelledImages
from xent.train.data.split import stratified_split

# Classes of very different sizes, in mixed order.
LABELS = torch.tensor([0] * 100 + [1] * 40 + [2] * 20)[torch.randperm(160, generator=torch.Generator().manual_seed(0))]


def numbered(count: int) -> LabelledImages:
    """Images whose one pixel is their number."""
    return LabelledImages(torch.arange(float(count)).view(count, 1, 1, 1), torch.arange(count), ("a",))


def test_digits_are_the_1797_images() -> None:
    digits = load("digits")
    assert digits.images.shape == (1797, 1, 8, 8)
    assert (digits.images.dtype, digits.labels.dtype) == (torch.float32, torch.int64)
    assert (digits.images.min(), digits.images.max()) == (0, 1)
    assert digits.classes == tuple("0123456789")
    assert torch.bincount(digits.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_split_has_every_row_once() -> None:
    split = stratified_split(LABELS, 0.2, 0.1, seed=3)
    assert torch.cat(split).sort().values.tolist() == list(range(160))


def test_split_shares_out_each_class() -> None:
    split = stratified_split(LABELS, 0.2, 0.1, seed=3)
    counts = [torch.bincount(LABELS[rows]).tolist() for rows in split]
    assert counts == [[70, 28, 14], [20, 8, 4], [10, 4, 2]]


def test_split_is_fixed_by_the_seed() -> None:
    first, again, other = (stratified_split(LABELS, 0.2, 0.1, seed) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.test, other.test)


@pytest.mark.parametrize(
    ("val", "test", "blamed", "got"),
    [(0.01, 0.1, "val_fraction", 0.01), (0.1, 0.01, "test_fraction", 0.01), (0.49, 0.5, "val_fraction", 0.49)],
)
def test_split_refuses_a_part_without_a_class(val: float, test: float, blamed: str, got: float) -> None:
    with pytest.raises(SettingError) as caught:
        stratified_split(LABELS, val, test, seed=0)
    assert str(caught.value) == (
        f"{blamed}: expected a share that gives each part at least 1 of the 40 images of class 1, got {got}; "
        f"write for example {blamed}=0.15"
    )


def test_shuffled_batches_give_every_image_once_with_its_label() -> None:
    data = numbered(10)
    images, labels = map(torch.cat, zip(*shuffled_batches(data, 4, seed=0), strict=True))
    assert torch.equal(images.flatten().long(), labels)
    assert labels.sort().values.tolist() == list(range(10))
    assert labels.tolist() != list(range(10))


def test_shuffled_batches_depend_on_the_seed_alone() -> None:
    def order(seed: int) -> list[int]:
        torch.rand(1)
        return torch.cat([labels for _, labels in shuffled_batches(numbered(50), 8, seed)]).tolist()

    assert order(1) == order(1) != order(2)


def test_ordered_batches_keep_the_order() -> None:
    batches = list(ordered_batches(numbered(10), 4))
    assert [labels.tolist() for _, labels in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batch_count(numbered(10), 4) == len(batches)


def test_epoch_seeds_do_not_meet() -> None:
    # Seeds that lie side by side, over many epochs: seed + epoch would repeat the order of another run.
    seeds = [epoch_seed(seed, epoch) for seed in range(5) for epoch in range(1000)]
    assert len(set(seeds)) == len(seeds)
    assert epoch_seed(2**32 - 1, 2**24 - 1) < 2**63
