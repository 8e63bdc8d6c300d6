"""Texts as tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from crossent.train.data import DataConfig, load
from crossent.train.data.inputs import TokenInputs
from crossent.train.data.tokens import open_tokenizer, tokenize, train_tokenizer

from ..files import reviews_csv, write_csv


def tokens(text: str, tokenizer: str) -> list[str]:
    return [str(token) for token in open_tokenizer(tokenizer).encode(text).tokens]


def test_words_are_lower_case_and_free_of_punctuation() -> None:
    made = train_tokenizer(["A good Film!"], "words", 100)
    assert tokens("Good, film?", made) == ["good", "[UNK]", "film", "[UNK]"]
    assert tokenize(open_tokenizer(made), ["", "good"]) == [[1], [open_tokenizer(made).token_to_id("good")]]


def test_chinese_is_cut_into_characters_and_the_rest_into_words() -> None:
    made = train_tokenizer(["我喜欢PyTorch的 API"], "characters", 100)
    assert tokens("喜欢 pytorch", made) == ["喜", "欢", "pytorch"]


def test_subwords_make_unseen_words_from_parts() -> None:
    made = train_tokenizer(["low lower lowest", "new newer newest"], "subwords", 100)
    assert "[UNK]" not in tokens("newlow", made)


def test_the_vocabulary_is_of_the_training_rows_alone(tmp_path: Path) -> None:
    for part, word, rows in (("train", "known", 30), ("test", "secret", 8)):
        texts = [(f"{word} words here {row}", "ab"[row % 2]) for row in range(rows)]
        write_csv(tmp_path / f"{part}.csv", [("text", "label"), *texts])
    data = load(DataConfig(str(tmp_path)))
    tokenizer = open_tokenizer(data.schema.tokenizer_json or "")
    assert tokenizer.token_to_id("known") is not None
    assert tokenizer.token_to_id("secret") is None
    inputs, _ = data.test.batch(torch.tensor([0]))
    assert inputs[0, 0] == 1  # type: ignore[index]


def test_lengths_follow_the_texts(tmp_path: Path) -> None:
    data = load(DataConfig(reviews_csv(tmp_path / "r.csv")))
    # The longer half: ten words, a comma and a number.
    assert (data.schema.max_length, data.schema.input_shape) == (12, (12,))
    short = load(DataConfig(reviews_csv(tmp_path / "r.csv"), max_length=3))
    inputs, _ = short.train.batch(torch.arange(5))
    assert inputs.shape == (5, 3)  # type: ignore[union-attr]


def test_batches_are_as_long_as_their_longest_row() -> None:
    inputs = TokenInputs.of([[5], [6, 7, 8], [9, 4]])
    assert inputs.take(torch.tensor([2, 0])).tolist() == [[9, 4], [5, 0]]
    assert inputs.take(torch.tensor([1, 1, 0])).tolist() == [[6, 7, 8], [6, 7, 8], [5, 0, 0]]
    assert inputs.take(torch.tensor([], dtype=torch.int64)).shape == (0, 0)
    part = inputs.subset(torch.tensor([2, 1]))
    assert len(part) == 2
    assert part.take(torch.arange(2)).tolist() == [[9, 4, 0], [6, 7, 8]]


@pytest.mark.parametrize("kind", ["words", "subwords", "characters"])
def test_padding_is_0_and_unknown_is_1(kind: str) -> None:
    tokenizer = open_tokenizer(train_tokenizer(["some text"], kind, 100))
    assert [tokenizer.token_to_id(name) for name in ("[PAD]", "[UNK]")] == [0, 1]
