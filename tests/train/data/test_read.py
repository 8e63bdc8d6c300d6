"""Further sources read by the schema of a training."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import torch

from crossent.train.data import DataConfig, DataError, Schema, from_python, load, read, rows

from .files import class_folders, mask_folders, numbers_csv, reviews_csv, write_csv, write_image


def table(path: Path) -> str:
    return numbers_csv(path / "t.csv", colour=("red", "blue", ""))


def text(path: Path) -> str:
    return reviews_csv(path / "r.csv")


def images(path: Path) -> str:
    return class_folders(path / "i")


def masks(path: Path) -> str:
    return mask_folders(path / "m")


@pytest.mark.parametrize("make", [table, text, images, masks])
def test_the_training_source_read_again_gives_the_same_rows(tmp_path: Path, make: Callable[[Path], str]) -> None:
    source = make(tmp_path)
    data = load(DataConfig(source))
    data.schema.save(tmp_path / "schema")
    schema = Schema.load(tmp_path / "schema")
    assert schema == data.schema
    again = read(source, schema)
    places = {name: row for row, name in enumerate(again.ids)}
    assert len(again) == sum(data.census.rows.values())
    for part in (data.train, data.test):
        where = torch.tensor([places[name] for name in part.ids])
        for mine, other in zip(_flat(part.read(torch.arange(len(part)))), _flat(again.read(where)), strict=True):
            assert torch.allclose(mine.float(), other.float(), atol=1e-6)
    assert read(source, schema, labelled=False).targets is None


def _flat(batch: object) -> list[torch.Tensor]:
    if isinstance(batch, torch.Tensor):
        return [batch]
    return [tensor for part in batch for tensor in _flat(part)]  # type: ignore[attr-defined]


def test_rows_without_labels_keep_their_order(tmp_path: Path) -> None:
    schema = load(DataConfig(text(tmp_path))).schema
    source = write_csv(tmp_path / "new.csv", [("n", "text"), (1, "a great film"), (2, ""), (3, "boring")])
    data = read(source, schema)
    assert data.targets is None
    assert list(data.ids) == ["new.csv:2", "new.csv:3", "new.csv:4"]
    assert list(rows(source, 2)) == [{"n": ["1", "2"], "text": ["a great film", ""]}, {"n": ["3"], "text": ["boring"]}]
    with pytest.raises(DataError, match=r"new\.csv: there are no labels: the column label is missing\.$"):
        read(source, schema, labelled=True)


def test_columns_that_are_missing(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "new.csv", [("texts", "n"), ("a", 1)])
    with pytest.raises(DataError) as caught:
        read(source, load(DataConfig(text(tmp_path))).schema, labelled=False)
    assert str(caught.value) == (
        "new.csv: there is no column 'text', which the model reads; rename 'texts'? (the columns are 'texts', 'n')"
    )


def test_values_that_training_never_saw(tmp_path: Path) -> None:
    schema = load(DataConfig(table(tmp_path))).schema
    source = write_csv(tmp_path / "new.csv", [("z", "colour", "x"), ("", "green", "1e3")])
    inputs, _ = read(source, schema).read(torch.tensor([0]))
    assert inputs[1].tolist() == [[0]]
    assert (inputs[0][0, 0] - (1000 - schema.numbers[0].mean) / schema.numbers[0].std).abs() < 1e-2
    label = write_csv(tmp_path / "label.csv", [("x", "z", "colour", "label"), (1, 2, "red", "a"), (1, 2, "red", "q")])
    with pytest.raises(DataError, match=r"^label.csv:3: the label 'q' is none of the classes a, b\.$"):
        read(label, schema)


def test_one_image_and_images_without_classes(tmp_path: Path) -> None:
    schema = load(DataConfig(images(tmp_path))).schema
    data = read(str(tmp_path / "i" / "cat" / "00.png"), schema)
    assert (list(data.ids), data.targets) == (["00.png"], None)
    assert read(str(tmp_path / "i" / "cat"), schema).targets is None
    assert next(rows(str(tmp_path / "i" / "cat"), 2)) == {"file": ["00.png", "01.png"]}


def test_images_without_masks(tmp_path: Path) -> None:
    schema = load(DataConfig(masks(tmp_path))).schema
    data = read(str(tmp_path / "m" / "images"), schema)
    assert data.targets is None
    assert data.read(torch.tensor([0]))[0].shape == (1, 3, 16, 24)  # type: ignore[union-attr]


def test_unreadable_inputs_are_named(tmp_path: Path) -> None:
    schema = load(DataConfig(images(tmp_path))).schema
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"^x.png: it is no image that can be read"):
        read(str(tmp_path / "bad"), schema)


def test_texts_and_arrays_in_python(tmp_path: Path) -> None:
    schema = load(DataConfig(text(tmp_path))).schema
    assert read(["a great film", "boring"], schema).read(torch.arange(2))[0].shape == (2, 3)  # type: ignore[union-attr]
    schema = load(DataConfig("wine")).schema
    assert read(torch.rand(5, 13), schema).targets is None
    with pytest.raises(DataError, match=r"expected inputs of the shape \(13,\), got \(4,\)\.$"):
        read(torch.rand(5, 4), schema)


def test_bundled_data_are_read_again() -> None:
    schema = load(DataConfig("digits")).schema
    data = read("digits", schema)
    assert len(data) == 1797
    assert data.targets[:10].tolist() == list(range(10))  # type: ignore[index]


def test_grey_images_for_a_colour_model(tmp_path: Path) -> None:
    import numpy as np

    schema = load(DataConfig(images(tmp_path))).schema
    path = write_image(tmp_path / "grey.png", np.full((20, 30), 128, dtype=np.uint8))
    assert read(str(path), schema).read(torch.tensor([0]))[0].shape == (1, 3, 16, 16)  # type: ignore[union-attr]


def test_a_row_is_read_alone_as_among_others(tmp_path: Path) -> None:
    """No rule looks at the rows at hand: neither at their types in Python, nor at how few there are in a file."""
    made = [
        {
            "price": f"${100 + 37 * row:,}.50",
            "zip": f"{row % 9:05}",
            "member": row % 3 == 0,
            "code": ("1", "2", "A")[row % 3],
            "opened": date(2024, 1 + row % 12, 1 + row % 28),
            "gap": None if row % 4 else row / 8,
            "label": "ab"[row % 2],
        }
        for row in range(60)
    ]
    header = list(made[0])
    source = write_csv(tmp_path / "t.csv", [header, *(row.values() for row in made)])
    for schema in (load(DataConfig(source)).schema, from_python(made).schema):
        together = read(source, schema, labelled=False).inputs.take(torch.arange(60))
        for number in (0, 1, 2, 5):
            file = write_csv(tmp_path / "one.csv", [header, made[number].values()], delimiter=";")
            for alone in (file, made[number]):
                found = read(alone, schema, labelled=False).inputs.take(torch.arange(1))
                for mine, other in zip(_flat(found), _flat(together), strict=True):
                    assert torch.equal(mine[0], other[number])
