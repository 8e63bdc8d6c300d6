"""Text as token numbers: a tokenizer trained on the training rows alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..config.data import DataConfig
from ..errors import DataError
from .columns import is_cjk
from .ngrams import Ngrams, longest_order
from .schema import UNKNOWN_TOKEN, Schema

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from .inputs import TokenInputs

PADDING, UNKNOWN = "[PAD]", "[UNK]"
# A character each, not a word: Chinese and Japanese are written without spaces.
_CHARACTER = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]"
_FEW = 1000
_LONGEST = 512
_ENOUGH = 95
# Words where nothing else is said; and of a text that is a bag of n-grams, the words that are read.
_VOCABULARY, _BAG = 20_000, 4096


def train_tokenizer(texts: Sequence[str], kind: str, vocabulary: int) -> str:
    """A tokenizer as JSON; token 0 is padding, 1 is unknown.

    Args:
        texts: of the training rows.
        kind: "words", "subwords" (byte-pair encoding), or "characters" (of Chinese and Japanese; words of the rest).
        vocabulary: the most tokens.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    # What is used here stands in _STEPS too.
    # A word that only one of many texts has says nothing about the others.
    settings: dict[str, Any] = {
        "vocab_size": vocabulary,
        "min_frequency": 2 if len(texts) > _FEW else 1,
        "special_tokens": [PADDING, UNKNOWN],
        "show_progress": False,
    }
    pieces: list[Any] = [pre_tokenizers.Whitespace()]
    if kind == "characters":
        pieces.insert(0, pre_tokenizers.Split(Regex(_CHARACTER), "isolated"))
    if kind == "subwords":
        tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
        trainer: Any = trainers.BpeTrainer(**settings)
    else:
        tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
        trainer = trainers.WordLevelTrainer(**settings)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(pieces)
    tokenizer.train_from_iterator(iter(texts), trainer)
    return str(tokenizer.to_str())


@lru_cache(maxsize=8)
def open_tokenizer(text: str, pretrained: bool = False) -> Tokenizer:
    """The tokenizer of a schema; kept open, since batches of texts on disk ask for it each time. One that a
    `pretrained` model has brought may have steps of all kinds, but no other expressions than those that are known.

    Raises:
        DataError: the text is none, or one with other steps than `train_tokenizer` makes.
    """
    from tokenizers import Tokenizer

    with _readable():
        content = json.loads(text)
        for name, value in _steps(content):
            if value not in (_STEPS.get(name, ()) if not pretrained else _EXPRESSIONS if name == "Regex" else (value,)):
                raise ValueError(f"it has a step of another kind than crossent makes ({name}: {str(value)[:40]!r})")
        # What was looked at, and not a text that another reader may understand otherwise.
        return Tokenizer.from_str(json.dumps(content))


# A run's folder is data, and a regular expression a program that may never end: no other expression than the one
# above is run, and no other steps.
_STEPS = {
    "type": ("Sequence", "NFKC", "Lowercase", "Whitespace", "Split"),
    "Regex": (_CHARACTER,),
}


_SHORT, _SPACES = r"'s|'t|'re|'ve|'m|'ll|'d", r"\s+(?!\S)|\s+"
_PIECES = rf"(?i:{_SHORT})|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{{}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|{_SPACES}"
# Of GPT-2, of GPT-4 and Llama 3, of Qwen 2, and of those that come from SentencePiece.
_EXPRESSIONS = (
    rf"{_SHORT}| ?\p{{L}}+| ?\p{{N}}+| ?[^\s\p{{L}}\p{{N}}]+|{_SPACES}",
    *(_PIECES.replace("{}", digits) for digits in (r"\p{N}{1,3}", r"\p{N}")),
    " {2,}",
)


def _steps(tokenizer: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The kinds and patterns of all steps around the model of a tokenizer."""
    left = [tokenizer.get(part) for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder")]
    while left:
        step = left.pop()
        if isinstance(step, dict):
            yield from ((name, value) for name, value in step.items() if name in ("type", "Regex", "String"))
        if isinstance(step, (dict, list)):
            left += step.values() if isinstance(step, dict) else step


@lru_cache(maxsize=8)
def open_ngrams(text: str) -> Ngrams:
    """The same of a schema whose tokenizer is "ngrams"."""
    with _readable():
        return Ngrams.from_json(text)


@contextmanager
def _readable() -> Iterator[None]:
    # Any: the library raises no class of its own, and the text may be from anybody.
    try:
        yield
    except Exception as error:
        raise DataError(f"tokenizer.json cannot be read: {error}") from None


def read_texts(schema: Schema, texts: Sequence[str]) -> TokenInputs:
    """Texts as a schema's model reads them."""
    import torch

    from .inputs import TokenInputs

    text = schema.tokenizer_json or ""
    if schema.tokenizer == "ngrams":
        tokens, ends = open_ngrams(text).encode(texts, schema.max_length)
        return TokenInputs(torch.from_numpy(tokens.astype(np.int32)), torch.from_numpy(ends))
    return TokenInputs.of(_tokens(schema, texts), schema.padding)


def _tokens(schema: Schema, texts: Sequence[str]) -> list[list[int]]:
    """The tokens of each text as the schema's model reads them."""
    if schema.tokenizer != "tokens":
        return tokenize(open_tokenizer(schema.tokenizer_json or ""), texts, schema.max_length)
    tokenizer = open_tokenizer(schema.tokenizer_json or "", pretrained=True)
    # Those that begin and end a text for a pretrained model belong to it, and are never cut off.
    tokenizer.enable_truncation(schema.max_length)
    return [encoding.ids or [schema.padding] for encoding in tokenizer.encode_batch_fast(list(texts))]


def unknown_words(schema: Schema, texts: Sequence[str]) -> tuple[int, int, int]:
    """Words that are not known, all words, and texts without a known word."""
    text = schema.tokenizer_json or ""
    if schema.tokenizer == "ngrams":
        return open_ngrams(text).unknown_words(texts, schema.max_length)
    tokens, number = _tokens(schema, texts), UNKNOWN_TOKEN
    if schema.tokenizer == "tokens":
        tokenizer = open_tokenizer(text, pretrained=True)
        own = tokenizer.token_to_id(getattr(tokenizer.model, "unk_token", None) or "")
        number = -1 if own is None else own
    unknown = sum(row.count(number) for row in tokens)
    return unknown, sum(map(len, tokens)), sum(set(row) == {number} for row in tokens)


def tokenize(tokenizer: Tokenizer, texts: Sequence[str], max_length: int = 0) -> list[list[int]]:
    """The token numbers of each text, the first `max_length` of them; 0: all. An empty text is one unknown token."""
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [encoding.ids[: max_length or None] or [UNKNOWN_TOKEN] for encoding in encoded]


def fit_text(schema: Schema, texts: Sequence[str], config: DataConfig) -> Schema:
    """The schema with a tokenizer and a length."""
    kind = config.tokenizer
    if kind == "ngrams" and schema.kind == "text":
        ngrams = Ngrams.fit(texts, config.vocabulary, longest_order(is_cjk(texts)))
        most = config.max_length or _BAG
        made = replace(schema, tokenizer=kind, tokenizer_json=ngrams.to_json(), vocabulary=ngrams.size)
        return replace(made, max_length=most, input_shape=(most,))
    if kind in ("auto", "ngrams"):
        kind = "characters" if is_cjk(texts) else "words"
    text = train_tokenizer(texts, kind, config.vocabulary or _VOCABULARY)
    tokenizer = open_tokenizer(text)
    length = config.max_length
    if length is None:
        lengths = [len(row) for row in tokenize(tokenizer, texts[:20_000])]
        length = max(1, min(_LONGEST, int(np.ceil(np.percentile(lengths, _ENOUGH)))))
    return replace(
        schema,
        tokenizer=kind,
        tokenizer_json=text,
        vocabulary=tokenizer.get_vocab_size(),
        max_length=length,
        input_shape=(length,),
    )
