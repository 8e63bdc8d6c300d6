"""Batches by row number, the schema on disk, the settings."""

from __future__ import annotations

import pytest
import torch

from crossent.train.config.data import names
from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, load
from crossent.train.data.dataset import Dataset
from crossent.train.data.inputs import TensorInputs


def dataset() -> Dataset:
    inputs = TensorInputs(torch.arange(6.0)[:, None], torch.arange(6)[:, None] * 10)
    return Dataset(inputs, torch.arange(6), [f"row {row}" for row in range(6)])


def test_a_batch_is_the_rows_asked_for_in_their_order() -> None:
    (first, second), targets = dataset().batch(torch.tensor([4, 0, 4]))
    assert first.flatten().tolist() == [4, 0, 4]
    assert second.flatten().tolist() == [40, 0, 40]
    assert targets is not None
    assert targets.tolist() == [4, 0, 4]


def test_a_part_has_its_own_numbers() -> None:
    part = dataset().take(torch.tensor([5, 2])).take(torch.tensor([1, 0]))
    assert (list(part.ids), part.targets.tolist()) == (["row 2", "row 5"], [2, 5])  # type: ignore[union-attr]
    assert part.show(0) is None


def test_bytes_are_normalised_as_they_are_taken() -> None:
    images = torch.tensor([0, 100, 255], dtype=torch.uint8).view(3, 1, 1, 1)
    inputs = TensorInputs(images, mean=torch.tensor([100.0]), std=torch.tensor([50.0]))
    assert inputs.take(torch.arange(3)).flatten().tolist() == pytest.approx([-2, 0, 3.1])  # type: ignore[union-attr]
    assert inputs.subset(torch.tensor([1])).take(torch.tensor([0])).item() == 0  # type: ignore[union-attr]
    assert images.flatten().tolist() == [0, 100, 255]


def test_the_same_seed_gives_the_same_parts() -> None:
    first, again, other = (load(DataConfig("wine"), seed) for seed in (1, 1, 2))
    assert list(first.test.ids) == list(again.test.ids) != list(other.test.ids)


def test_digits_are_the_1797_images() -> None:
    data = load(DataConfig("digits"))
    assert data.schema.input_shape == (1, 8, 8)
    assert sum(data.census.rows.values()) == 1797
    assert data.schema.classes == tuple("0123456789")
    assert data.train.show(0).shape == (8, 8, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"val_fraction": 1.5}, "data.val_fraction: expected a number above 0 and below 1, got 1.5"),
        (
            {"val_fraction": 0.6, "test_fraction": 0.5},
            "data.val_fraction: expected a number that leaves rows to train on",
        ),
        ({"kind": "pictures"}, "data.kind: expected one of auto, tabular, text, mixed, image, signal, got 'pictures'"),
        ({"encoding": "utf9"}, "data.encoding: expected the name of an encoding, got 'utf9'"),
        ({"source": ""}, "data.source: expected a path or the name of a data set, got ''"),
        ({"image_size": 1}, "data.image_size: expected a whole number of at least 4, or nothing, got 1"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, object], text: str) -> None:
    with pytest.raises(SettingError) as caught:
        DataConfig(**settings)  # type: ignore[arg-type]
    assert str(caught.value).startswith(text)


def test_names_are_split_at_commas() -> None:
    assert names(" a, b c ,d,") == ("a", "b c", "d")
    assert names(None) == ()
