"""Tiny checkpoints of every kind, as the libraries write them, with weights that have learnt nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from ..sources import WORDS

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIXELS = {"size": {"height": 32, "width": 32}, "image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4]}


def bert(folder: Path) -> Path:
    """A model of two layers and a vocabulary of word pieces, as BERT's first checkpoints had it."""
    from transformers import BertConfig, BertForMaskedLM

    known = sorted({word for words in WORDS.values() for word in words})
    pieces = [*known, *LETTERS, *(f"##{letter}" for letter in LETTERS), *"0123456789", ".", '"']
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=48,
    )
    BertForMaskedLM(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    _write(folder / "tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    return folder


def gpt2(folder: Path) -> Path:
    """A model that has no padding, nor anything before or behind a text; its tokenizer is one file."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([" ".join(words) for words in WORDS.values()], trainer)
    torch.manual_seed(0)
    size = tokenizer.get_vocab_size()
    GPT2LMHeadModel(
        GPT2Config(vocab_size=size, n_positions=64, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0)
    ).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    end = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>", "model_max_length": 64}
    _write(folder / "tokenizer_config.json", end)
    return folder


def vit(folder: Path) -> Path:
    """A transformer for images that takes one size alone."""
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(0)
    sizes: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    ViTModel(ViTConfig(**sizes, intermediate_size=32, image_size=32, patch_size=8)).save_pretrained(folder)
    _write(folder / "preprocessor_config.json", PIXELS)
    return folder


def resnet(folder: Path) -> Path:
    """A convolutional network for images of any size, with running statistics."""
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(0)
    ResNetModel(
        ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    ).save_pretrained(folder)
    _write(folder / "preprocessor_config.json", {**PIXELS, "size": {"shortest_edge": 24}})
    return folder


def _write(path: Path, settings: dict[str, Any]) -> None:
    path.write_text(json.dumps(settings), encoding="utf-8")
