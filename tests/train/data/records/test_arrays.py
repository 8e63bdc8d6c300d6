"""Arrays as rows: columns with gaps, and pixels on the scale of the training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from crossent.train.data import Data, DataConfig, DataError, from_python, load, read
from crossent.train.data.schema import Schema

LABELS = np.arange(80) % 2


def gaps() -> NDArray[np.float64]:
    """Three columns, (80, 3), of which the second has gaps."""
    x = np.random.default_rng(0).normal(size=(80, 3))
    x[LABELS == 1, 1] = np.nan
    x[0, 1], x[1, 1] = np.nan, 0.5
    return x


def inputs_of(x: NDArray[np.generic], schema: Schema) -> torch.Tensor:
    """All inputs of an array as a model gets them."""
    data = read(x, schema, labelled=False)
    found = data.inputs.take(torch.arange(len(data)))
    assert isinstance(found, torch.Tensor)
    return found


@pytest.mark.parametrize("source", ["pair", "npz"])
def test_that_a_value_of_an_array_is_missing_is_an_input(source: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=gaps(), y=LABELS)
    data: Data = from_python((gaps(), LABELS)) if source == "pair" else load(DataConfig(str(tmp_path / "a.npz")))
    assert [(column.name, column.part) for column in data.schema.columns] == [
        ("x0", "value"),
        ("x1", "value"),
        ("x1", "missing"),
        ("x2", "value"),
    ]
    assert data.schema.input_shape == (4,)
    assert any("'x1': filled with the median" in line for line in data.census.warnings)
    assert any(line.endswith("that it is missing is an input too") for line in data.census.warnings)
    assert data.census.inputs == "3 numeric columns"
    inputs = inputs_of(gaps(), data.schema)
    assert len(set(inputs[:, 2].tolist())) == 2
    assert torch.equal(inputs[:, 2] == inputs[0, 2], torch.from_numpy(np.isnan(gaps()[:, 1])))


def test_an_array_of_another_width_is_refused_by_its_columns() -> None:
    schema = from_python((gaps(), LABELS)).schema
    with pytest.raises(DataError, match=r"^data: expected inputs of the shape \(3,\), got \(4,\)\.$"):
        read(np.zeros((5, 4)), schema)
    # One row of three values is one sample.
    assert len(read(gaps()[0], schema, labelled=False)) == 1


PICTURES = np.random.default_rng(0).integers(0, 200, (80, 8, 8))


@pytest.mark.parametrize(
    "pictures",
    [
        PICTURES.astype(np.uint8),
        PICTURES,
        PICTURES // 13,
        PICTURES * 20,
        PICTURES.astype(np.int16) * 100,
        PICTURES / 255,
        PICTURES.astype(np.float32),
        PICTURES > 100,
    ],
    ids=["bytes", "int64", "to 15", "12 bits", "15 bits", "to 1", "to 199.0", "bool"],
)
def test_a_picture_is_read_alone_as_among_others(pictures: NDArray[np.generic]) -> None:
    schema = from_python((pictures, LABELS), DataConfig(kind="image")).schema
    together = inputs_of(pictures, schema)
    assert together.std() > 0.5
    alone = torch.cat([inputs_of(pictures[row : row + 1], schema) for row in range(80)])
    assert torch.equal(alone, together)


@pytest.mark.parametrize(("trained", "given"), [("uint8", "int64"), ("int64", "uint8"), ("float32", "uint8")])
def test_the_scale_of_pixels_is_that_of_the_training(trained: str, given: str) -> None:
    schema = from_python((PICTURES.astype(trained), LABELS), DataConfig(kind="image")).schema
    assert torch.equal(inputs_of(PICTURES.astype(given), schema), inputs_of(PICTURES.astype(trained), schema))
    shares = from_python(((PICTURES / 255).astype(np.float32), LABELS), DataConfig(kind="image")).schema
    assert torch.allclose(inputs_of(PICTURES.astype(given), shares), inputs_of(PICTURES / 255, shares), atol=1e-5)


def test_a_run_of_version_0_1_takes_the_largest_number_at_hand_for_white() -> None:
    schema = replace(from_python((PICTURES.astype(np.int64), LABELS), DataConfig(kind="image")).schema, white=None)
    largest = replace(schema, white=float(PICTURES.max()))
    assert torch.equal(inputs_of(PICTURES.astype(np.int64), schema), inputs_of(PICTURES.astype(np.int64), largest))
    assert torch.equal(inputs_of(PICTURES.astype(np.uint8), schema), inputs_of(PICTURES / 255, schema))
