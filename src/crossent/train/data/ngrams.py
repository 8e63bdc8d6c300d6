"""Texts as bags of words, of their n-grams and of the n-grams of their characters: an exact vocabulary, no hashing."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .schema import UNKNOWN_TOKEN

Numbers = NDArray[np.int64]
# A character each, not a word: Chinese and Japanese are written without spaces.
CHARACTER = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f"
_WORD = re.compile(rf"[{CHARACTER}]|[^\W{CHARACTER}]+|[^\w\s]+")
# N-grams of words, and of Chinese characters, which mean less alone.
_ORDER, _ORDER_OF_CHARACTERS = 2, 3
# N-grams of the characters of a word, with its two ends.
_SHORTEST, _LONGEST = 3, 5
# What only one text has says little about others; of words and their pairs that is worth its place all the same.
_SHARED = 2
_MOST = 1 << 20


class Ngrams:
    """An exact vocabulary of n-grams. Token 0 is padding, 1 an unknown word; then come words and their n-grams, the
    most frequent first, and behind them the n-grams of characters.

    Args:
        words: known words.
        chains: (M, 2) n-grams of two and more words: the token of all words but the last, and that of the last.
        pieces: n-grams of the characters of words.
        documents: how many of the `texts` hold each token.
        texts: how many it was made of.
        order: the longest n-gram of words.
    """

    def __init__(
        self,
        words: Sequence[str],
        chains: Numbers,
        pieces: Sequence[str],
        documents: Numbers,
        texts: int,
        order: int,
    ) -> None:
        self.words, self.pieces, self.documents, self.texts, self.order = words, pieces, documents, texts, order
        self.chains = chains
        self._words = {word: token for token, word in enumerate(words, UNKNOWN_TOKEN + 1)}
        self._pieces = {piece: token for token, piece in enumerate(pieces, self.first_piece)}
        codes = self._codes(chains[:, 0], chains[:, 1])
        self._sorted = np.argsort(codes)
        self._known = codes[self._sorted]

    @property
    def size(self) -> int:
        """Tokens, padding and the unknown one included."""
        return self.first_piece + len(self.pieces)

    @property
    def of_characters(self) -> bool:
        """True if most words are single Chinese or Japanese characters."""
        return self.order == _ORDER_OF_CHARACTERS

    @property
    def first_piece(self) -> int:
        """The first token that is an n-gram of characters."""
        return UNKNOWN_TOKEN + 1 + len(self.words) + len(self.chains)

    @cached_property
    def importance(self) -> NDArray[np.float32]:
        """The inverse document frequency of each token, as in TF-IDF; 0 for padding, and for what nobody knows."""
        found = np.log((1 + self.texts) / (1 + self.documents)) + 1
        return np.concatenate([[0.0, 0.0], found]).astype(np.float32)

    @classmethod
    def fit(cls, texts: Sequence[str], words: int | None, order: int) -> Ngrams:
        """The vocabulary of the training texts; at most so many words, and 2^20 tokens in all."""
        names, flat, rows = _cut(texts)
        kept, documents = _frequent(rows, flat, len(names), 1, min(words or _MOST, _MOST))
        token = np.full(len(names), UNKNOWN_TOKEN)
        token[kept] = np.arange(len(kept)) + UNKNOWN_TOKEN + 1
        made = cls([names[place] for place in kept], np.zeros((0, 2), np.int64), (), documents, len(texts), 1)
        left, right = token[flat], token[flat]
        for size in range(2, order + 1):
            made, left = made._longer(left, right, rows, size)
        return made._with_pieces(names, flat, rows)

    def _longer(self, left: Numbers, right: Numbers, rows: Numbers, size: int) -> tuple[Ngrams, Numbers]:
        """With the n-grams of one more word; and the n-gram of this size that begins at each word, or UNKNOWN_TOKEN."""
        start, last = np.arange(len(right) - size + 1), np.arange(size - 1, len(right))
        start, last = (places[rows[start] == rows[last]] for places in (start, last))
        known = (left[start] > UNKNOWN_TOKEN) & (right[last] > UNKNOWN_TOKEN)
        start, last = start[known], last[known]
        codes, places = np.unique(self._codes(left[start], right[last]), return_inverse=True)
        kept, documents = _frequent(rows[start], places, len(codes), 1 if size == 2 else _SHARED, _MOST - self.size)
        chains = np.concatenate([self.chains, np.stack(np.divmod(codes[kept], self._base), 1)])
        token = np.full(len(codes), UNKNOWN_TOKEN)
        token[kept] = np.arange(len(kept)) + self.first_piece
        found = np.full(len(right), UNKNOWN_TOKEN)
        found[start] = token[places]
        everything = np.concatenate([self.documents, documents])
        return Ngrams(self.words, chains, (), everything, self.texts, size), found

    def _with_pieces(self, names: Sequence[str], flat: Numbers, rows: Numbers) -> Ngrams:
        pieces = _numbering()
        parts, ends = _ragged([list(map(pieces.__getitem__, _pieces(name))) for name in names])
        # A text has a word's pieces, however often it has the word.
        rows, flat = np.divmod(_different(rows * max(len(names), 1) + flat), max(len(names), 1))
        places, owner = _gathered(parts, ends, flat)
        kept, documents = _frequent(rows[owner], places, len(pieces), _SHARED, _MOST - self.size)
        texts = list(pieces)
        everything = np.concatenate([self.documents, documents])
        chosen = [texts[place] for place in kept]
        return Ngrams(self.words, self.chains, chosen, everything, self.texts, self.order)

    def encode(self, texts: Sequence[str], most: int = 0) -> tuple[Numbers, Numbers]:
        """The tokens of all texts, one text after the other, and (N + 1,) where each text ends. What a text holds 2, 4,
        8, … times is there once more each time; a text of nothing known is one unknown token.

        Args:
            texts: N.
            most: words of a text that are read; 0: all.
        """
        names, flat, rows = _cut(texts, most)
        token = np.asarray([self._words.get(name, UNKNOWN_TOKEN) for name in names], dtype=np.int64)[flat]
        found, owners = [token], [rows]
        left = token
        for size in range(2, self.order + 1):
            left = self._chained(left, token, rows, size)
            found.append(left[left > UNKNOWN_TOKEN])
            owners.append(rows[left > UNKNOWN_TOKEN])
        parts, ends = _ragged(
            [[self._pieces[piece] for piece in _pieces(name) if piece in self._pieces] for name in names]
        )
        pieces, owner = _gathered(parts, ends, flat)
        return _bags(np.concatenate([*found, pieces]), np.concatenate([*owners, rows[owner]]), len(texts), self.size)

    def _chained(self, left: Numbers, right: Numbers, rows: Numbers, size: int) -> Numbers:
        """The n-gram of this size that begins at each word, or UNKNOWN_TOKEN."""
        found = np.full(len(right), UNKNOWN_TOKEN)
        count = max(len(right) - size + 1, 0)
        if not count or not len(self._known):
            return found
        last = right[size - 1 :]
        codes = self._codes(left[:count], last)
        places = np.minimum(np.searchsorted(self._known, codes), len(self._known) - 1)
        right_ones = (self._known[places] == codes) & (rows[:count] == rows[size - 1 :])
        tokens = self._sorted[places] + UNKNOWN_TOKEN + 1 + len(self.words)
        found[:count] = np.where(
            right_ones & (left[:count] > UNKNOWN_TOKEN) & (last > UNKNOWN_TOKEN), tokens, found[:count]
        )
        return found

    def unknown_words(self, texts: Sequence[str], most: int = 0) -> tuple[int, int, int]:
        """Words that are not known, all words, and texts without a known word."""
        names, flat, rows = _cut(texts, most)
        known = np.asarray([name in self._words for name in names], dtype=bool)[flat]
        with_known = len(np.unique(rows[known]))
        return int((~known).sum()), len(flat), len(texts) - with_known

    def name(self, token: int) -> str:
        """A token as a person reads it: "not good", "…ing"."""
        if token <= UNKNOWN_TOKEN:
            return "[UNK]"
        place = token - UNKNOWN_TOKEN - 1
        if place < len(self.words):
            return self.words[place]
        if token >= self.first_piece:
            piece = self.pieces[token - self.first_piece]
            return f"{'' if piece[0] == _START else '…'}{piece.strip(_START + _END)}{'' if piece[-1] == _END else '…'}"
        first, last = map(self.name, self.chains[place - len(self.words)].tolist())
        return f"{first}{'' if re.fullmatch(f'[{CHARACTER}]', last) else ' '}{last}"

    @property
    def _base(self) -> int:
        return UNKNOWN_TOKEN + 1 + len(self.words)

    def _codes(self, left: Any, right: Any) -> Numbers:
        """One number per n-gram: that of all words but the last, and of the last."""
        codes: Numbers = left * self._base + right
        return codes

    def to_json(self) -> str:
        """The text that `from_json` reads."""
        content = {"texts": self.texts, "order": self.order, "words": self.words}
        content |= {"chains": self.chains.tolist(), "pieces": self.pieces, "documents": self.documents.tolist()}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Ngrams:
        """The n-grams that `to_json` has written."""
        content = json.loads(text)
        order = int(content["order"])
        if not 0 < order <= _ORDER_OF_CHARACTERS:
            raise ValueError(f"n-grams of {order} words")
        chains = np.asarray(content["chains"], dtype=np.int64).reshape(-1, 2)
        documents = np.asarray(content["documents"], dtype=np.int64)
        return cls(content["words"], chains, content["pieces"], documents, int(content["texts"]), order)


# The ends of a word among its pieces; no word holds them.
_START, _END = "\x02", "\x03"


def longest_order(characters: bool) -> int:
    """The longest n-gram of words; of `characters` where a word is one."""
    return _ORDER_OF_CHARACTERS if characters else _ORDER


def _cut(texts: Sequence[str], most: int = 0) -> tuple[list[str], Numbers, Numbers]:
    """The different words; of each word of each text which it is, and whose."""
    names = _numbering()
    found = []
    for text in texts:
        words = _WORD.findall(unicodedata.normalize("NFKC", text).lower())
        found.append(list(map(names.__getitem__, words[: most or None])))
    flat, ends = _ragged(found)
    return list(names), flat, np.repeat(np.arange(len(texts)), np.diff(ends))


def _pieces(word: str) -> list[str]:
    """The n-grams of the characters of a word; none of a word that is hardly longer than one."""
    if len(word) < _SHORTEST:
        return []
    whole = _START + word + _END
    return [whole[i : i + n] for n in range(_SHORTEST, _LONGEST + 1) for i in range(len(whole) - n + 1)]


def _numbering() -> dict[str, int]:
    """A dictionary that gives what is new the next number."""
    names: defaultdict[str, int] = defaultdict()
    names.default_factory = names.__len__
    return names


def _different(values: Numbers) -> Numbers:
    """Each value once, in order: `np.unique` puts them into a table first, which takes twice as long."""
    values = np.sort(values)
    found: Numbers = values[np.concatenate([[True], values[1:] != values[:-1]])[: len(values)]]
    return found


def _ragged(rows: Sequence[Sequence[int]]) -> tuple[Numbers, Numbers]:
    """Rows of different lengths, one after the other, and (N + 1,) where they end."""
    ends = np.concatenate([[0], np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)))]).astype(np.int64)
    return np.fromiter(chain.from_iterable(rows), np.int64, int(ends[-1])), ends


def _gathered(parts: Numbers, ends: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
    """The parts of these rows one after the other, and which of them each belongs to."""
    lengths = np.diff(ends)[rows]
    owner = np.repeat(np.arange(len(rows)), lengths)
    starts = np.repeat(ends[rows] - np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(rows) else rows, lengths)
    return parts[starts + np.arange(len(owner))], owner


def _frequent(rows: Numbers, tokens: Numbers, count: int, least: int, most: int) -> tuple[Numbers, Numbers]:
    """The tokens that at least so many rows hold, the most frequent first and not too many; and how many rows do."""
    pairs = _different(rows * max(count, 1) + tokens)
    documents = np.bincount(pairs % max(count, 1), minlength=count)
    order = np.argsort(-documents, kind="stable")[: max(most, 0)]
    kept = order[documents[order] >= least]
    return kept, documents[kept]


def _bags(tokens: Numbers, rows: Numbers, count: int, size: int) -> tuple[Numbers, Numbers]:
    """Each row's tokens in order: each once, and once more for 2, 4, 8, … of it."""
    pairs, times = np.unique(rows * size + tokens, return_counts=True)
    empty = np.flatnonzero(np.bincount(rows, minlength=count) == 0)
    pairs = np.repeat(pairs, np.floor(np.log2(times)).astype(np.int64) + 1)
    pairs = np.sort(np.concatenate([pairs, empty * size + UNKNOWN_TOKEN]))
    ends = np.concatenate([[0], np.cumsum(np.bincount(pairs // size, minlength=count))]).astype(np.int64)
    return pairs % size, ends
