"""Vectors of words from files: every format of text, what is said of a file, and what a run keeps of it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import crossent
from crossent.train import fit
from crossent.train.config.fit import SettingError
from crossent.train.data.schema import Schema
from crossent.train.data.tokens import train_tokenizer
from crossent.train.errors import ModelError
from crossent.train.models.building import build
from crossent.train.models.vectors import begin_with_vectors, vector_size

from .. import sources
from ..conftest import QUIET

JSON = train_tokenizer(["good bad film unseen naïve good bad film unseen naïve"], "words", 100)
# Padding, unknown, and five words.
SCHEMA = Schema(
    "text", "binary", ("no", "yes"), (8,), text=("t",), tokenizer="words", tokenizer_json=JSON, vocabulary=7
)
VECTORS = {"good": [1.0, 2.0, 3.0], "bad": [-1.0, 0.0, 1.0], "film": [0.5, 0.5, 0.5], "naïve": [0.0, 4.0, 0.0]}
LINES = [f"{word} {' '.join(map(str, values))}" for word, values in VECTORS.items()]
# As a tool writes it, and the bytes of such a file.
FORMATS = {
    "glove": "\n".join(LINES),
    "word2vec": "4 3\n" + "\n".join(LINES) + "\n",
    "fasttext": "4 3\n" + " \n".join(LINES) + " \n",
    "windows": "\r\n".join(LINES) + "\r\n",
    "tabs": "\n".join(line.replace(" ", "\t") for line in LINES),
    "capitals": "\n".join(line.replace("good", "Good") for line in [*LINES, "GOOD 9 9 9"]),
    "exact": "\n".join(["GOOD 9 9 9", *LINES, "good 7 7 7"]),
    "blanks in words": "\n".join([*LINES, ". . . 1 1 1", "at name@domain.com 1 1 1"]),
    "integers": "\n".join([*LINES, "7 1 2 3"]),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("packed", [False, True])
def test_formats(name: str, packed: bool, tmp_path: Path) -> None:
    path, data = tmp_path / "vectors", FORMATS[name].encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    assert vector_size(str(path)) == 3
    model = build("textcnn", SCHEMA, embedding=3)
    said = begin_with_vectors(model, SCHEMA, str(path), freeze=False)
    assert said.startswith("4 of the 5 words of the vocabulary have a vector of 3 numbers in ")
    table, words = model.embedding.weight, _words()
    for word, values in VECTORS.items():
        assert table[words[word]].tolist() == values
    mean = torch.tensor([*VECTORS.values()]).mean(0)
    assert torch.allclose(table[words["unseen"]], mean)
    assert torch.allclose(table[1], mean)
    assert not table[0].any()


def _words() -> dict[str, int]:
    from crossent.train.data.tokens import open_tokenizer

    return open_tokenizer(JSON).get_vocab()


BROKEN = {
    "another size": (b"good 1 2 3\nbad 1 2\n", ":2: expected a word and 3 numbers, got 'bad 1 2'"),
    "no number": (b"good 1 2 3\nbad 1 x 3\n", ":2: expected a word and 3 numbers, got '1 x 3'"),
    "not finite": (b"good 1 nan 3\n", ":1: expected a word and 3 numbers"),
    "cut short": (b"9 3\ngood 1 2 3\n", "is cut short: its first line promises 9 words, and it has 1"),
    "binary": (b"2 3\ngood \x00\x00\x80?\x00\x00\x00@", ":2: expected a word and 3 numbers"),
    "no vectors": (b"once upon a time\n", "holds no vectors as text"),
    "empty": (b"", "holds no vectors as text"),
    "another language": (b"gut 1 2 3\n", "a vector for none of the 5 words of the vocabulary"),
    "zip": (b"PK\x03\x04....", r"is a \.zip archive; name the file that is in it"),
    "half a gzip": (gzip.compress(b"good 1 2 3\n" * 99)[:40], "the vectors in .* cannot be read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_file_is_said(name: str, tmp_path: Path) -> None:
    data, message = BROKEN[name]
    path = tmp_path / "vectors.txt"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=message):
        begin_with_vectors(build("textcnn", SCHEMA, embedding=vector_size(str(path))), SCHEMA, str(path), False)


def test_no_file() -> None:
    with pytest.raises(ModelError, match="the vectors in nowhere cannot be read: No such file or directory"):
        vector_size("nowhere")


@pytest.mark.parametrize(("model", "settings"), [("auto", {}), ("transformer", {}), ("textcnn", {"freeze": True})])
def test_a_run_needs_the_file_once(model: str, settings: dict[str, Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    known = sorted({word for words in sources.WORDS.values() for word in words})
    lines = [f"{word} {' '.join(f'{value:.3f}' for value in rng.normal(size=6))}" for word in known]
    path = tmp_path / "vectors.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    data = str(sources.reviews(tmp_path / "reviews.csv", 120))
    shared: dict[str, Any] = {"text": "review", "drop": "id", "out": tmp_path / "runs", "vectors": str(path)}
    run = fit(model, data, epochs=2, **shared, **settings, console=QUIET)
    if settings:
        table, words = run.model.embedding.weight, run.schema.tokenizer_json
        assert words is not None
        from crossent.train.data.tokens import open_tokenizer

        tokens = open_tokenizer(words).get_vocab()
        first = next(word for word in known if word in tokens)
        wanted = [float(value) for value in lines[known.index(first)].split()[1:]]
        assert table[tokens[first]].tolist() == pytest.approx(wanted)
    path.unlink()
    before = crossent.load(run.folder).predict_proba(["great", "awful"])
    assert before.shape == (2, 3)
    fit(resume=run.folder, epochs=3, console=QUIET)
    assert len(crossent.load(run.folder).history) == 3


def test_models_and_tokens_that_have_no_vectors(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text(FORMATS["glove"], encoding="utf-8")
    data = str(sources.reviews(tmp_path / "reviews.csv", 60))
    shared: dict[str, Any] = {"text": "review", "drop": "id", "out": tmp_path, "vectors": str(path), "console": QUIET}
    with pytest.raises(SettingError, match=r"model\.vectors: expected nothing, but for the models textcnn"):
        fit("textcnn", data, tokenizer="subwords", **shared)
    with pytest.raises(SettingError, match=r"model\.freeze: expected false beside n-grams"):
        fit("fasttext", data, freeze=True, **{**shared, "model.kwargs.ngrams": 2})
    for name in ("mlp", "auto"):
        with pytest.raises(SettingError, match=r"model\.vectors: expected nothing"):
            fit(name, "wine", vectors=str(path), out=tmp_path, console=QUIET)
