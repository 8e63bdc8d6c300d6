"""Layers of sequences inside of models: embeddings with padding, attention and recurrent layers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn
from torch.compiler import is_dynamo_compiling

from ...core.values import readable
from .. import sites
from ..engine import Engine, here
from ..events import AttentionComputed, SequenceRead, TokensEmbedded
from ..patches import Patches

# The masks of F.multi_head_attention_forward: their places and names.
_MASKS = ((14, "key_padding_mask"), (16, "attn_mask"))


def install(engine: Engine, patches: Patches) -> None:
    """Watch `F.embedding`, torch's attention, and recurrent layers, while training is observed."""

    def watching(tell: Callable[..., None], original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            if is_dynamo_compiling():
                return result
            thread = here.thread
            seen = engine.on and not (thread.quiet or thread.in_backward)
            if seen and engine.history.awake:
                engine.quietly(tell, result, args, kwargs)
            return result

        return call

    def embedded(result: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        padding = args[2] if len(args) > 2 else kwargs.get("padding_idx")
        ids = args[0] if args else kwargs["input"]
        if padding is not None and result.requires_grad and readable(ids):
            words = (args[1] if len(args) > 1 else kwargs["weight"]).shape[0]
            engine.emit(TokensEmbedded(sites.here(), ids, int(padding), words))

    def attended(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        masks = [args[place] if len(args) > place else kwargs.get(name) for place, name in _MASKS]
        key = args[1] if len(args) > 1 else kwargs["key"]
        if key.ndim == 3 and result[0].requires_grad and readable(key):
            masked = any(mask is not None for mask in masks)
            engine.emit(AttentionComputed(sites.here(), (key.shape[0], key.shape[1]), masked))

    def read(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        layer = args[0]
        given = args[1] if len(args) > 1 else kwargs.get("input", kwargs.get("query"))
        if not isinstance(given, Tensor) or given.ndim != 3 or not readable(given):
            return
        output, state = result
        state = output if isinstance(layer, nn.MultiheadAttention) else state[0] if isinstance(state, tuple) else state
        if output.requires_grad:
            engine.emit(SequenceRead(sites.here(), layer, given, output, state))

    patches.wrap(F, "embedding", functools.partial(watching, embedded))
    patches.wrap(F, "multi_head_attention_forward", functools.partial(watching, attended))
    for kind in (nn.RNN, nn.LSTM, nn.GRU, nn.MultiheadAttention):
        patches.wrap(kind, "forward", functools.partial(watching, read))
