"""Values that the training never saw, or seldom: learnt as such, counted, and told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from crossent.train import fit
from crossent.train.data import DataConfig, load
from crossent.train.data.augment import UnknownAugment
from crossent.train.models.building import build

from .files import reviews_csv, write_csv


def coloured(path: Path, rows: int = 300, extra: tuple[str, ...] = ()) -> str:
    """Red means yes, mostly; and a few rows of colours of their own."""
    generator = np.random.default_rng(0)
    body = []
    for row in range(rows):
        colour = ("red", "blue", "green", "")[row % 4]
        size = round(float(generator.normal()), 3)
        body.append([colour, size, "yes" if 2 * (colour == "red") + size + generator.normal() > 1 else "no"])
    body += [[colour, 0.0, "no"] for colour in extra]
    return write_csv(path, [("colour", "size", "label"), *body])


def test_rare_values_are_merged_and_told(tmp_path: Path) -> None:
    data = load(DataConfig(coloured(tmp_path / "t.csv", extra=tuple(f"rare{n}" for n in range(40)))))
    (column,) = data.schema.categories
    assert set(column.values) == {"red", "blue", "green", ""}
    assert any(
        "values of 'colour' are not known, or too rare to be learnt (such as 'rare" in line
        for line in data.census.warnings
    )


def test_a_missing_value_is_not_an_unknown_one(tmp_path: Path) -> None:
    data = load(DataConfig(coloured(tmp_path / "t.csv")))
    (column,) = data.schema.categories
    assert data.train.records is not None
    codes = data.train.inputs.take(torch.arange(len(data.train)))[1][:, 0].tolist()
    shown = [row for part in data.train.records.iterate(100) for row in part["colour"]]
    assert {(value, code) for value, code in zip(shown, codes, strict=True)} == {
        (value, 1 + place) for place, value in enumerate(column.values)
    }


def test_values_become_unknown_in_training_alone(tmp_path: Path) -> None:
    data = load(DataConfig(coloured(tmp_path / "t.csv")))
    torch.manual_seed(0)
    (_, seen), _ = data.train.batch(torch.arange(len(data.train)))
    (_, real), _ = data.train.read(torch.arange(len(data.train)))
    lost = seen != real
    assert 0.02 < float(lost.float().mean()) < 0.25
    assert (seen[lost] == 0).all()
    assert data.val.augment is None


def test_padding_stays_padding() -> None:
    tokens = torch.tensor([[5, 6, 0, 0]] * 2000)
    torch.manual_seed(0)
    changed, _ = UnknownAugment((1,))(tokens, None)
    assert isinstance(changed, torch.Tensor)
    assert (changed[:, 2:] == 0).all()
    assert set(changed.unique().tolist()) == {0, 1, 5, 6}


@pytest.mark.parametrize("model", ["fasttext", "textcnn", "transformer"])
def test_an_unknown_word_begins_as_the_mean(tmp_path: Path, model: str) -> None:
    schema = load(DataConfig(reviews_csv(tmp_path / "t.csv"))).schema
    assert (build(model, schema).embedding.weight[1] == 0).all()


def test_an_unknown_value_is_no_lottery(tmp_path: Path) -> None:
    source = coloured(tmp_path / "t.csv")
    found = []
    for seed in range(3):
        run = fit(data=source, seed=seed, epochs=15, lr=0.003, out=tmp_path / "runs", console=Console(quiet=True))
        made = run.predict([{"colour": colour, "size": 0.0} for colour in ("purple", "red", "blue")])
        found.append(made.probabilities.tolist())
    for purple, red, blue in found:
        assert blue < purple < red
    assert made.unknown == ("1 values of 'colour' are not known, or too rare to be learnt (such as 'purple', data:0)",)


def test_what_a_number_column_does_not_know(tmp_path: Path) -> None:
    data = load(DataConfig(coloured(tmp_path / "t.csv")))
    from crossent.train.data import read

    records = read({"colour": ["red"] * 3, "size": ["abc", "1e400", "2"]}, data.schema).records
    assert records is not None
    assert records.unknown(data.schema) == [
        "1 values of 'size' are no numbers and count as missing (such as 'abc', data:0)",
        "1 values of 'size' are infinite and count as missing (such as '1e400', data:1)",
    ]


def test_unknown_words_are_counted(tmp_path: Path) -> None:
    data = load(DataConfig(reviews_csv(tmp_path / "t.csv")))
    from crossent.train.data import read

    records = read(["xylophone zebra quagmire", "a boring film"], data.schema).records
    assert records is not None
    assert records.unknown(data.schema) == [
        "3 of 6 words are not known, or too rare to be learnt; 1 texts have no other"
    ]
