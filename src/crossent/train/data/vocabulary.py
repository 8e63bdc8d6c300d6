"""What is learnt from the training texts: the tokens, and how many of them a text needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..config.data import DataConfig
from .columns import is_cjk
from .schema import Schema
from .tokens import open_tokenizer, tokenize, train_tokenizer

_LONGEST = 512
_ENOUGH = 95


def fit_text(schema: Schema, texts: Sequence[str], config: DataConfig) -> Schema:
    """The schema with a tokenizer and a length."""
    kind = config.tokenizer
    if kind == "auto":
        kind = "characters" if is_cjk(texts) else "words"
    text = train_tokenizer(texts, kind, config.vocabulary)
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
