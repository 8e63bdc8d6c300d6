"""Vectors of words from a file, as word2vec, GloVe and fastText write them as text."""

from __future__ import annotations

import gzip
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..config.rules import SettingError
from ..data.schema import UNKNOWN_TOKEN, Schema
from ..data.tokens import open_tokenizer
from ..errors import ModelError

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


class _Form(NamedTuple):
    """How a file is written: numbers per vector, and how many words its first line promises; 0 where it is a vector."""

    size: int
    promised: int


def vector_size(path: str) -> int:
    """The numbers in each vector of a file.

    Raises:
        ModelError: it holds no vectors as text.
    """
    with _opened(path) as file:
        return _form(path, file.readline()).size


def begin_with_vectors(model: nn.Module, schema: Schema, path: str, freeze: bool) -> str:
    """Give the words that a model knows their vectors; returns how many of them were found, in a sentence.

    Words of the file count as the model's own tokenizer reads them, in lower case; the others begin at the mean of
    those that were found.

    Args:
        model: for texts.
        schema: of its data.
        path: of the file.
        freeze: keep the vectors as they are.

    Raises:
        SettingError: the model has no table of words; ModelError: the file holds no vectors for them.
    """
    table = vector_table(model, schema, path, freeze)
    known = open_tokenizer(schema.tokenizer_json or "").get_vocab()
    words = {word: token for word, token in known.items() if token > UNKNOWN_TOKEN}
    found = _find(path, words)
    if not found:
        raise ModelError(
            f"{path} has a vector for none of the {len(words):,} words of the vocabulary: is it of another language?"
        )
    if (size := len(next(iter(found.values())))) != table.embedding_dim:
        raise SettingError("model.kwargs", f"an embedding of {size}, as the vectors in {path}", table.embedding_dim, {})
    scale = float(getattr(model, "vector_scale", 1.0))
    values = torch.from_numpy(np.stack([*found.values()])) * scale
    with torch.no_grad():
        table.weight[1 : schema.vocabulary] = values.mean(0)
        table.weight[torch.tensor([*found])] = values
    return (
        f"{len(found):,} of the {len(words):,} words of the vocabulary have a vector of {size} numbers in {path}; the "
        "others begin at the mean of these"
    )


def vector_table(model: nn.Module, schema: Schema, path: str, freeze: bool) -> nn.Embedding:
    """The table of a model that vectors of words are for, frozen if that is asked for.

    Raises:
        SettingError: it has none.
    """
    table = getattr(model, "embedding", None)
    if not isinstance(table, nn.Embedding) or schema.tokenizer not in ("words", "characters"):
        expected = "nothing, but for the models textcnn, fasttext and transformer, and words (--data.tokenizer words)"
        raise SettingError("model.vectors", expected, path, None)
    if freeze:
        if len(table.weight) > schema.vocabulary:
            expected = "false beside n-grams, which have no vectors yet; or --model.kwargs.ngrams 1"
            raise SettingError("model.freeze", expected, True, False)
        table.weight.requires_grad_(False)
    return table


def _find(path: str, words: dict[str, int]) -> dict[int, NDArray[np.float32]]:
    """The vectors of these words, by token. The file is read line by line; only what is found is kept."""
    found: dict[int, NDArray[np.float32]] = {}
    exact: set[int] = set()
    with _opened(path) as file:
        first = file.readline()
        form, count = _form(path, first), 0
        lines = enumerate(file, 2) if form.promised else enumerate(_chained(first, file), 1)
        for number, line in lines:
            line = line.strip()
            if not line:
                continue
            count += 1
            name, _, rest = line.partition(b" ")
            if rest.count(b" ") + 1 != form.size:
                # Some words hold blanks, and some files two of them, or tabs.
                name, *numbers = line.rsplit(None, form.size)
                if len(numbers) != form.size:
                    raise ModelError(f"{path}:{number}: expected a word and {form.size} numbers, got {_shown(line)}")
                rest = b" ".join(numbers)
            word = name.decode("utf-8", "replace")
            token = words.get(word)
            if token is None:
                token = words.get(unicodedata.normalize("NFKC", word).lower())
                if token is None or token in found:
                    continue
            elif token in exact:
                continue
            else:
                exact.add(token)
            found[token] = _numbers(rest, form.size, f"{path}:{number}")
    if count < form.promised:
        raise ModelError(f"{path} is cut short: its first line promises {form.promised:,} words, and it has {count:,}")
    return found


def _numbers(text: bytes, size: int, where: str) -> NDArray[np.float32]:
    try:
        values = np.array(text.split(), dtype=np.float32)
    except ValueError:
        values = np.zeros(0, np.float32)
    if len(values) != size or not np.isfinite(values).all():
        raise ModelError(f"{where}: expected a word and {size} numbers, got {_shown(text)}")
    return values


def _form(path: str, first: bytes) -> _Form:
    """Read the first line: two whole numbers are the count and the size of the vectors."""
    parts = first.split()
    if len(parts) == 2 and all(part.isdigit() for part in parts):
        return _Form(int(parts[1]), int(parts[0]))
    try:
        numbers = [float(part) for part in parts[1:]]
    except ValueError:
        numbers = []
    if not numbers:
        raise ModelError(
            f"{path} holds no vectors as text: a line is a word and its numbers, with blanks between them. Binary "
            "files (.bin) are written as text by the tools that they come from"
        )
    return _Form(len(numbers), 0)


def _shown(line: bytes) -> str:
    return repr(line[:40].decode("utf-8", "replace"))


def _chained(first: bytes, file: IO[bytes]) -> Iterator[bytes]:
    yield first
    yield from file


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """The lines of a file, packed by gzip or not."""
    place = Path(path).expanduser()
    try:
        with open(place, "rb") as plain:
            head = plain.read(4)
        if head == _ZIP:
            raise ModelError(f"{path} is a .zip archive; name the file that is in it, unpacked")
        opened: Any = gzip.open if head[:2] == _GZIP else open
        with opened(place, "rb") as file:
            yield file
    except (OSError, EOFError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise ModelError(f"the vectors in {path} cannot be read: {reason}") from None
