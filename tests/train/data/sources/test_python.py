"""Data that are already in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data import Dataset as TorchDataset

from crossent.train.config.rules import SettingError
from crossent.train.data import Data, DataConfig, DataError, from_python, read
from crossent.train.data.inputs import TensorInputs
from crossent.train.models.building import build

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


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (3, "dict of these by part, got int."),
        ((X, X, Y, Y), 'got tuple of 4; of four arrays write {"train": (X_train, y_train), "test": (X_test, y_test)}.'),
        ((X, None), "train: there are no labels: expected (X, y), got (X, None)."),
        ({"test": (X, Y)}, "no part is to train on among 'test'; name one 'train', or give one of them alone."),
        ({"a": X[:, 0], "b": X[:9, 1]}, "train: column 'a' has 60 values and 'b' 9; all need as many."),
        ({"a": X, "b": Y}, "train: column 'a' is of the shape (60, 4): a column has one value per row; give the array"),
        (([[1, 2], [3]] * 30, Y), "train: rows are of different shapes, (2,) and (1,): bring them to one, or give a"),
        ((X.numpy().astype(complex), Y), "train: expected rows of numbers, got ndarray of complex128."),
        (
            [{"x": X[0], "z": 1}] * 9,
            "train: there are no labels: a sample must be (input, label), or a dict with one of",
        ),
        ([(object(), 1)] * 9, "an input of a sample must be a tensor, an array, a number or a picture, got a object;"),
    ],
)
def test_what_cannot_be_read(data: object, text: str) -> None:
    with pytest.raises(DataError) as caught:
        from_python(data)
    assert text in str(caught.value)


LABELS = np.where(Y.numpy() == 1, "yes", "no")


def kinds(data: Data) -> list[tuple[str, str]]:
    return [(column.name, column.kind) for column in data.schema.columns if column.part == "value"]


def test_rows_as_dicts_and_labels_beside_columns() -> None:
    rows = [{"a": float(a), "b": "xyz"[number % 3]} for number, a in enumerate(X[:, 0])]
    for data in (
        (rows, LABELS),
        [row | {"label": label} for row, label in zip(rows, LABELS, strict=True)],
        ({"a": X[:, 0], "b": ["x", "y", "z"] * 20}, LABELS.tolist()),
    ):
        made = from_python(data)
        assert kinds(made) == [("a", "number"), ("b", "category")]
        assert (made.schema.task, made.schema.classes) == ("binary", ("no", "yes"))


def test_the_labels_that_are_given_are_predicted_whatever_a_column_is_called() -> None:
    data = from_python(({"class": ["x", "y", "z"] * 20, "a": X[:, 0]}, LABELS))
    assert data.schema.target == ("label",)
    assert data.census.to_text().startswith("data: predicts 'label' (the labels that were given), binary, 2 classes")


def test_rows_of_mixed_values_are_columns() -> None:
    for x in ([[1.5, "u"], [2, "v"]] * 30, np.array([[1.5, "u"], [2, "v"]] * 30, dtype=object)):
        assert kinds(from_python((x, LABELS))) == [("x0", "number"), ("x1", "category")]


def test_labels_of_mixed_types() -> None:
    assert from_python((X, [1, "a"] * 30)).schema.classes == ("1", "a")
    labels = np.array([1, "a", None, "a"] * 15, dtype=object)
    with pytest.raises(DataError, match=r"^train:2: it has no label \(None\)\n"):
        from_python((X, labels))
    assert sum(from_python((X, labels), DataConfig(on_bad_row="skip")).census.rows.values()) == 45


def test_texts_in_arrays() -> None:
    texts = np.array([f"words and more words {row}" for row in range(60)])
    assert from_python((texts, LABELS)).schema.text == ("text",)
    assert from_python(list(zip(texts.tolist(), LABELS.tolist(), strict=True))).schema.text == ("text",)


def test_a_bunch_of_scikit_learn() -> None:
    from sklearn.datasets import load_wine

    schema = from_python(load_wine()).schema
    assert schema.classes == ("class_0", "class_1", "class_2")
    assert schema.columns[0].name == "alcohol"


@pytest.mark.parametrize("memory", [2048, 0])
def test_sparse_matrices(memory: int) -> None:
    from scipy import sparse

    dense = np.where(X.numpy() > 5, X.numpy(), 0)
    rows = torch.arange(40)
    data = from_python((sparse.coo_array(dense), LABELS), DataConfig(memory_mb=memory))
    assert data.train.lazy == (memory == 0)
    inputs, _ = data.train.batch(rows)
    expected, _ = from_python((dense, LABELS)).train.batch(rows)
    assert torch.allclose(inputs, expected, atol=1e-5)  # type: ignore[arg-type]
    # The same matrix read again, for a prediction.
    again, _ = read(sparse.csr_matrix(dense), data.schema).batch(torch.tensor([3]))
    assert torch.equal(again[0], read(dense, data.schema).batch(torch.tensor([3]))[0][0])  # type: ignore[index]


@pytest.mark.parametrize(
    ("shape", "asked", "kind", "said"),
    [
        ((3, 50), "auto", "signal", "arrays of 3x50 are read as signals of 3 channels and 50 steps; of grey images"),
        ((50, 3), "auto", "signal", "steps; channels come before steps: x.transpose(0, 2, 1) if they do not; of grey"),
        ((28, 28), "auto", "image", "arrays of 28x28 are read as grey images; of signals, (N, channels, steps), write"),
        ((28, 28), "signal", "signal", ""),
        ((3, 50), "image", "image", ""),
    ],
)
def test_the_rank_rule(shape: tuple[int, int], asked: str, kind: str, said: str) -> None:
    x = np.random.default_rng(0).normal(3, 2, size=(60, *shape))
    data = from_python((x, LABELS), DataConfig(kind=asked))  # type: ignore[arg-type]
    assert data.schema.kind == kind
    assert any(said in line for line in data.census.warnings) or not said
    if kind == "signal":
        inputs, _ = data.train.batch(torch.arange(len(data.train)))
        assert isinstance(inputs, torch.Tensor)
        assert inputs.mean((0, 2)).abs().max() < 1e-5
        assert build("cnn1d", data.schema)(inputs).shape == (len(data.train), 1)


def test_a_kind_that_arrays_are_not() -> None:
    with pytest.raises(SettingError, match=r"^data.kind: expected tabular for arrays of the shape \(60, 4\), got 'sig"):
        from_python((X, LABELS), DataConfig(kind="signal"))


def picture(row: int, size: int = 8) -> Image.Image:
    return Image.fromarray(np.full((size, size, 3), row, dtype=np.uint8))


class Dicts(TorchDataset[Any]):
    """Samples as dicts; `make` makes them."""

    classes = ("cat", "dog")

    def __init__(self, make: Callable[[int], Any]) -> None:
        self.make = make

    def __len__(self) -> int:
        return 40

    def __getitem__(self, row: int) -> Any:
        return self.make(row)


@pytest.mark.parametrize(
    ("make", "shapes", "arguments", "classes"),
    [
        (lambda row: {"x": X[row], "label": row % 2}, [(2, 4)], (), ("0", "1")),
        (lambda row: {"x": X[row], "label": ("dog", "cat")[row % 2]}, None, (), ("cat", "dog")),
        (
            lambda row: {"ids": X[row, : 2 + row % 2], "mask": X[row], "labels": row % 2},
            [(2, 3), (2, 4)],
            ("ids", "mask"),
            None,
        ),
        (lambda row: ({"b": X[row], "a": row}, row % 2), [(2, 4), (2,)], ("b", "a"), None),
        (lambda row: ((X[row, :2], X[row, 2:]), row % 2), [(2, 2), (2, 2)], (), None),
        (lambda row: (X[row].double().numpy(), np.int64(row % 2)), [(2, 4)], (), None),
        (lambda row: (picture(row), row % 2), [(2, 3, 8, 8)], (), None),
    ],
)
def test_samples_of_every_form(
    make: Callable[[int], Any],
    shapes: list[tuple[int, ...]] | None,
    arguments: tuple[str, ...],
    classes: tuple[str, ...] | None,
) -> None:
    data = from_python(Dicts(make), as_is=True)
    assert data.schema.arguments == arguments
    assert classes is None or set(data.schema.classes) == set(classes) or data.schema.classes == ("cat", "dog")
    inputs, _ = data.train.batch(torch.tensor([0, 1]))
    parts = inputs if isinstance(inputs, tuple) else (inputs,)
    assert all(part.dtype != torch.float64 for part in parts)
    if shapes is not None:
        assert [tuple(part.shape) for part in parts] == shapes


def test_pictures_are_from_0_to_1() -> None:
    data = from_python(Dicts(lambda row: (picture(200), row % 2)), as_is=True)
    inputs, _ = data.train.batch(torch.tensor([0]))
    assert torch.allclose(inputs, torch.tensor(200 / 255))  # type: ignore[arg-type]
    listed = from_python(([picture(row) for row in range(60)], LABELS))
    assert (listed.schema.kind, listed.schema.input_shape) == ("image", (3, 8, 8))
    with pytest.raises(DataError, match="pictures of different sizes, such as 8x8 and 9x9: bring them to one, as with"):
        from_python(([picture(1, 8 + row % 2) for row in range(60)], LABELS))
    with pytest.raises(DataError, match=r"inputs of different shapes, \(3, 8, 8\) and \(3, 9, 9\): bring them to one"):
        from_python(Dicts(lambda row: (picture(1, 8 + row % 2), row % 2)), as_is=True).train.batch(torch.arange(9))


def test_loaders_of_dicts() -> None:
    loader = DataLoader(Dicts(lambda row: {"b": X[row], "a": X[row], "label": row % 2}), 8)
    data = from_python({"train": loader, "validation": loader}, as_is=True)
    assert data.schema.arguments == ("b", "a")
    assert [len(batch) for batch in data.loader] == [3] * 5


def test_parts_are_known_by_their_usual_names() -> None:
    data = from_python({"train": (X, Y), "validation": (X[:9], Y[:9]), "extra": (X, Y)})
    assert data.census.rows["val"] == 9
    assert data.census.warnings[0] == "parts left out: 'extra'"
    with pytest.raises(DataError, match=r"^two parts are the val part: train, val, dev; give it once\.$"):
        from_python({"train": (X, Y), "val": (X, Y), "dev": (X, Y)})


class ClassLabel:
    """As the HF library has it."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)


def test_names_of_classes_of_other_libraries_keep_their_order() -> None:
    def part(codes: list[int]) -> HuggingFace:
        made = HuggingFace(
            pa.table({"text": [f"a number of words {row}" for row in range(len(codes))], "label": codes})
        )
        made.features = {"label": ClassLabel("positive", "negative", "neutral")}  # type: ignore[attr-defined]
        return made

    data = from_python({"train": part([0, 1] * 20), "test": part([-1] * 6)})
    assert data.schema.classes == ("positive", "negative", "neutral")
    # −1 is no class: the labels of the test are kept secret.
    assert data.unlabelled is not None
    assert len(data.unlabelled) == 6


def test_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"a": X[:, 0].numpy(), "flag": X[:, 1].numpy() > 5, 7: pandas.Categorical(["u", "v"] * 30)}
    )
    data = from_python((frame, pandas.Series(LABELS, name="churn")))
    assert kinds(data) == [("a", "number"), ("flag", "number"), ("7", "category")]
    assert data.schema.target == ("churn",)
    with pytest.raises(DataError, match=r"^train: two columns are named 'a'; give each its own name$"):
        from_python((pandas.concat([frame, frame], axis=1), LABELS))
    with pytest.raises(
        DataError, match=r"^train: row 0 of X has the index 0, its label 59: are they of one row\? Write"
    ):
        from_python((frame, pandas.Series(LABELS)[::-1]))


def test_polars() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": X[:, 0].numpy(), "b": ["u", "v"] * 30})
    assert kinds(from_python((frame, polars.Series("churn", LABELS.tolist())))) == [("a", "number"), ("b", "category")]
    assert kinds(from_python(frame.with_columns(label=polars.Series(LABELS.tolist())).lazy()))[0] == ("a", "number")
