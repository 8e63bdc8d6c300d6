"""Data that are already in Python."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data import Dataset as TorchDataset

from crossent.train.data import DataConfig, DataError, from_python
from crossent.train.data.inputs import TensorInputs

X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0)) * 3 + 5
Y = torch.arange(60) % 3


class Squares(TorchDataset[tuple[torch.Tensor, int]]):
    """Sequences of different lengths."""

    def __len__(self) -> int:
        return 30

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        return torch.full((row % 4 + 1,), float(row)), row % 2


def test_arrays_are_standardised_for_our_models() -> None:
    data = from_python((X.numpy(), Y.numpy()))
    inputs, _ = data.train.batch(torch.arange(len(data.train)))
    assert isinstance(inputs, torch.Tensor)
    assert inputs.mean(0).abs().max() < 1e-5
    assert (data.schema.kind, data.schema.task) == ("tabular", "multiclass")


def test_tensors_reach_a_model_of_the_users_own_as_they_are() -> None:
    data = from_python((X, Y), as_is=True)
    rows = torch.tensor([int(name) for name in data.train.ids])
    inputs, targets = data.train.batch(torch.arange(len(data.train)))
    assert torch.equal(inputs, X[rows])  # type: ignore[arg-type]
    assert torch.equal(targets, Y[rows])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "task", "classes"),
    [
        (Y, "multiclass", 3),
        (Y % 2, "multiclass", 2),
        ((Y % 2).float(), "binary", 2),
        ((Y % 2).float()[:, None], "binary", 2),
        (torch.stack([Y % 2, Y == 1], 1).float(), "multilabel", 2),
    ],
)
def test_the_kind_of_the_labels_is_the_task(labels: torch.Tensor, task: str, classes: int) -> None:
    schema = from_python((X, labels), as_is=True).schema
    assert (schema.task, len(schema.classes)) == (task, classes)


def test_labels_that_do_not_count() -> None:
    data = from_python((X, torch.where(torch.arange(60) < 6, -100, Y)), as_is=True)
    assert data.schema.ignore_index == -100
    assert sum(count.train + count.val + count.test for count in data.census.classes) == 54


def test_masks() -> None:
    masks = torch.zeros(20, 8, 8, dtype=torch.uint8)
    masks[:, 2:4] = 1
    masks[:, 0] = 255
    data = from_python((torch.rand(20, 3, 8, 8), masks), as_is=True)
    assert (data.schema.task, data.schema.classes, data.schema.ignore_index) == ("segmentation", ("0", "1"), 255)


@pytest.mark.parametrize(
    ("x", "y", "text"),
    [
        (X, Y[:50], "train: there are 60 inputs and 50 labels; each input needs one."),
        (X, Y * 0, "train: all labels are 0; a classifier needs at least two classes."),
        (X, Y - 1, "train: class numbers count from 0 (-100: does not count), got -1."),
        (X, Y + 0.5, "train: the labels of a binary task are 0 and 1, got 0.5; class numbers should be int64."),
        (X[:0], Y[:0], "train: there are no rows in it."),
    ],
)
def test_wrong_labels(x: torch.Tensor, y: torch.Tensor, text: str) -> None:
    with pytest.raises(DataError) as caught:
        from_python((x, y), as_is=True)
    assert str(caught.value) == text


def test_nan_in_tensors_is_an_error_or_skipped() -> None:
    x = X.clone()
    x[7, 2] = float("nan")
    with pytest.raises(DataError, match=r"^7: its input has NaN or infinite values; correct it, or leave"):
        from_python((x, Y), as_is=True)
    data = from_python((x, Y), DataConfig(on_bad_row="skip"), as_is=True)
    assert [row.id for row in data.census.skipped] == ["7"]


def test_parts() -> None:
    data = from_python({"train": (X, Y), "test": (X[:6], Y[:6])}, as_is=True)
    assert data.census.rows == {"train": 51, "val": 9, "test": 6}
    assert data.census.leaks[0].part == "test"


def test_columns() -> None:
    columns = {"a": X[:, 0], "b": ["x", "y", "z"] * 20, "label": np.arange(60) % 2}
    for table in (columns, pa.table({name: np.asarray(values) for name, values in columns.items()})):
        data = from_python(table)
        assert [(column.name, column.kind) for column in data.schema.columns] == [("a", "number"), ("b", "category")]
        assert data.train.ids[0].startswith("train:")


class HuggingFace:
    """The interface of the data sets of the HF library."""

    def __init__(self, table: pa.Table) -> None:
        self.table, self.column_names = table, table.column_names

    def with_format(self, name: str) -> HuggingFace:
        assert name == "arrow"
        return self

    def __getitem__(self, rows: slice) -> pa.Table:
        return self.table


def test_data_sets_of_other_libraries() -> None:
    table = pa.table({"text": [f"a number of words {row}" for row in range(40)], "label": np.arange(40) % 2})
    assert from_python(HuggingFace(table)).schema.text == ("text",)


def test_texts() -> None:
    data = from_python(([f"good {row}" if row % 2 else f"bad {row}" for row in range(40)], ["p", "n"] * 20))
    assert (data.schema.kind, data.schema.text, data.schema.classes) == ("text", ("text",), ("n", "p"))


def test_torch_datasets() -> None:
    data = from_python(TensorDataset(X, Y), as_is=True)
    assert isinstance(data.train.inputs, TensorInputs)
    data = from_python(Squares(), as_is=True)
    assert data.train.lazy
    rows = torch.tensor([0, 1])
    inputs, targets = data.train.batch(rows)
    numbers = [int(data.train.ids[row]) for row in rows.tolist()]
    assert inputs.shape == (2, max(number % 4 + 1 for number in numbers))  # type: ignore[union-attr]
    assert targets.tolist() == [number % 2 for number in numbers]  # type: ignore[union-attr]


class Doubled(TensorDataset):
    """A torch dataset that gives something else than its tensors."""

    def __getitem__(self, row: int) -> tuple[torch.Tensor, ...]:
        x, y = super().__getitem__(row)
        return 2 * x, y


def test_a_dataset_of_ones_own_is_asked_for_its_samples() -> None:
    data = from_python(Doubled(X, Y), as_is=True)
    inputs, _ = data.train.batch(torch.tensor([3]))
    assert torch.equal(inputs, 2 * X[[int(data.train.ids[3])]])  # type: ignore[arg-type]


def test_loaders_are_kept_and_their_samples_counted() -> None:
    train, val = DataLoader(TensorDataset(X, Y), 8, shuffle=True), DataLoader(TensorDataset(X[:9] + 1, Y[:9]), 4)
    data = from_python({"train": train, "val": val}, as_is=True)
    assert data.loader is train
    assert data.census.rows == {"train": 60, "val": 9, "test": 9}
    assert data.census.warnings[0].startswith("no test data were given: the last figures are of the validation data")
    with pytest.raises(DataError, match=r'give the validation data too, as \{"train": loader, "val": loader\}\.$'):
        from_python(train, as_is=True)


def test_loaders_with_their_own_collating_are_read_once() -> None:
    def collate(samples: list[tuple[torch.Tensor, int]]) -> tuple[torch.Tensor, torch.Tensor]:
        inputs = torch.nn.utils.rnn.pad_sequence([sample[0] for sample in samples], batch_first=True)
        return inputs, torch.tensor([sample[1] for sample in samples])

    loader = DataLoader(Squares(), 7, collate_fn=collate)
    data = from_python({"train": loader, "val": loader, "test": loader}, as_is=True)
    inputs, _ = data.val.batch(torch.arange(30))
    assert inputs[13].tolist() == [13.0, 13.0, 0.0, 0.0]  # type: ignore[index]


def test_something_else() -> None:
    with pytest.raises(DataError, match=r"^expected \(X, y\), a table, a torch dataset or DataLoader, .* got int\.$"):
        from_python(3)
