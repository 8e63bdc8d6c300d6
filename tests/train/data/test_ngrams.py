"""The vocabulary of n-grams: exact, the same after a file, readable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from crossent.train.data import DataConfig, load
from crossent.train.data.ngrams import Ngrams
from crossent.train.data.tokens import open_ngrams

TEXTS = ["The film was good, very good", "not good at all", "the worst film", "very, very bad film"]


def named(ngrams: Ngrams, text: str) -> list[str]:
    tokens, _ = ngrams.encode([text])
    return [ngrams.name(int(token)) for token in tokens]


def test_words_and_pairs_are_those_of_scikit_learn() -> None:
    ngrams = Ngrams.fit(TEXTS, None, 2)
    words = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]+").fit(TEXTS)
    known = [ngrams.name(token) for token in range(2, ngrams.first_piece)]
    assert sorted(known) == sorted(words.get_feature_names_out())
    # Their weights too.
    weights = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]+").fit(TEXTS)
    ours = dict(zip(known, ngrams.importance[2:].tolist(), strict=False))
    assert {name: weights.idf_[place] for name, place in weights.vocabulary_.items()} == pytest.approx(ours)


def test_a_text_is_the_bag_of_what_it_holds() -> None:
    ngrams = Ngrams.fit(TEXTS, None, 2)
    found = named(ngrams, "Good film, not  GOOD")
    assert {"good", "film", "not", ",", "not good"} <= set(found)
    assert "good film" not in found
    # A second time is one token more, as is a fourth.
    assert [named(ngrams, "bad " * times).count("bad") for times in (1, 2, 3, 4)] == [1, 2, 2, 3]
    # What two words have in common makes a word nobody knows a little known.
    assert "…ood" in named(ngrams, "hood")
    assert named(ngrams, "") == ["[UNK]"]


def test_chinese_is_read_in_pairs_and_triples_of_characters() -> None:
    ngrams = Ngrams.fit(["我不喜欢", "不喜欢他", "喜欢iPhone 15"] * 2, None, 3)
    assert sorted(named(ngrams, "他不喜欢")) == sorted(["他", "不", "喜", "欢", "不喜", "喜欢", "不喜欢"])


def test_the_vocabulary_is_as_large_as_asked_and_keeps_the_frequent() -> None:
    ngrams = Ngrams.fit(TEXTS, 3, 2)
    assert ngrams.words == ["film", "the", "good"]
    assert ngrams.unknown_words(["film night", "night"]) == (2, 3, 1)


def test_a_file_gives_the_same_tokens() -> None:
    ngrams = Ngrams.fit(TEXTS, None, 2)
    again = open_ngrams(ngrams.to_json())
    texts = ["a good film", "", "very bad, not good at all"]
    for first, second in zip(ngrams.encode(texts), again.encode(texts), strict=True):
        assert np.array_equal(first, second)
    assert np.array_equal(ngrams.importance, again.importance)
    assert (ngrams.size, ngrams.first_piece) == (again.size, again.first_piece)


def test_only_so_many_words_of_a_text_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [f"alpha beta gamma word{number % 5} and more of it,{'yn'[number % 2]}" for number in range(60)]
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    data = load(DataConfig(str(path), text="text", tokenizer="ngrams", max_length=2))
    ngrams = open_ngrams(data.schema.tokenizer_json or "")
    seen = {ngrams.name(int(token)) for token in data.train.inputs.take(torch.arange(1)).flatten()}
    assert {"alpha", "beta", "alpha beta"} <= seen
    assert "gamma" not in seen
