"""Checkpoints of Hugging Face's transformers, for texts and for images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ....extras import require
from ....printable import in_shell
from ...data.schema import Reading, Schema
from ...errors import ModelError
from .base import Pretrained, PretrainedImages, check_fits
from .folder import check_weights, checkpoint_folder, offline, read_settings

if TYPE_CHECKING:
    from transformers import PretrainedConfig

# What of a checkpoint's settings could fetch or run something, and nothing here needs.
_REFUSED = (
    *("auto_map", "quantization_config", "attn_implementation", "experts_implementation"),
    *("use_pretrained_backbone", "name_or_path", "checkpoint_path"),
)
# Of models that read more, how much is read where nothing else is said: the cost grows with its square.
_LONGEST = 512


class PretrainedTexts(Pretrained):
    """A pretrained model for texts; `padding`: the token that fills up a batch."""

    def __init__(self, padding: int, *parts: Any) -> None:
        super().__init__(*parts)
        self.padding = padding

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits, (N, C), of tokens, (N, L)."""
        # Attention to nothing has no meaning: the first place is always seen.
        seen = (tokens != self.padding) | (torch.arange(tokens.shape[1], device=tokens.device) == 0)
        logits: Tensor = self.model(input_ids=tokens, attention_mask=seen.long(), return_dict=True).logits
        return logits


class _Images(PretrainedImages):
    def logits(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.model(pixel_values=pixels, return_dict=True).logits
        return logits


def reading(name: str) -> Reading:
    """How the checkpoint reads texts or images.

    Raises:
        ModelError: it cannot be used.
    """
    folder = _folder(name)
    with _transformers():
        settings = read_settings(folder, "config.json")
        kind, config = _kind(settings, str(folder)), _config(settings, str(folder))
        return _texts(folder, config) if kind == "text" else _images(folder)


def load(name: str, schema: Schema) -> Pretrained:
    """The checkpoint with a new head for the schema's classes.

    Raises:
        ModelError: it cannot be used; SettingError: it is not for such data.
    """
    folder = _folder(name)
    with _transformers():
        settings = read_settings(folder, "config.json")
        kind, config = _kind(settings, str(folder)), _config(settings, str(folder))
        check_fits(f"hf:{name}", kind, schema, getattr(config, "num_channels", 3))
        check_weights(folder)
        config.num_labels, config.pad_token_id = schema.new_task().outputs, schema.padding
        # Any: files may be cut short, or of sizes that the settings do not say.
        try:
            model, found = _auto(kind).from_pretrained(
                folder,
                config=config,
                dtype=torch.float32,
                use_safetensors=True,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                local_files_only=True,
                trust_remote_code=False,
            )
        except Exception as error:
            raise ModelError(f"{folder} cannot be read as a checkpoint: {_first_line(error)}") from None
        fresh = {
            *found["missing_keys"],
            *(key[0] if isinstance(key, tuple) else key for key in found["mismatched_keys"]),
        }
        return _made(kind, model, fresh, {"kind": kind, "config": config.to_dict()}, schema, str(folder))


def rebuilt(backbone: dict[str, Any], schema: Schema) -> Pretrained:
    """The model that `load` has made, without its weights; nothing is fetched.

    Args:
        backbone: as a run has written it, or anybody.
        schema: of the run.
    """
    with _transformers():
        kind, config = str(backbone["kind"]), _config(dict(backbone["config"]), "model.json")
        config.num_labels, config.pad_token_id = schema.new_task().outputs, schema.padding
        model = _auto(kind).from_config(config, trust_remote_code=False, dtype=torch.float32)
        return _made(kind, model, {str(name) for name in backbone["new"]}, backbone, schema, None)


def _folder(name: str) -> Path:
    require("hf")
    return checkpoint_folder(name)


def _made(
    kind: str, model: nn.Module, fresh: set[str], backbone: dict[str, Any], schema: Schema, folder: str | None
) -> Pretrained:
    names = [name for name, _ in model.named_parameters()]
    prefix = f"{getattr(model, 'base_model_prefix', '')}."
    new = [name for name in names if name in fresh or not name.startswith(prefix)]
    notes: tuple[str, ...] = ()
    if folder is not None:
        if not set(names) - fresh:
            raise ModelError(f"none of the weights in {folder} is one of the model that its config.json describes")
        inside = [name for name in new if name.startswith(prefix)]
        more = f", and of its body {', '.join(inside[:3])}{', …' * (len(inside) > 3)}" if inside else ""
        notes = (f"{len(names) - len(new)} tensors are taken from {folder}; the head is new{more}",)
    parts = (model, new, backbone, notes)
    if kind == "text":
        return PretrainedTexts(schema.padding, *parts)
    config: Any = model.config
    side = getattr(config, "image_size", None)
    size = None if side is None else (side, side) if isinstance(side, int) else (int(side[0]), int(side[1]))
    return _Images(*parts, channels=getattr(config, "num_channels", 3), size=size)


def _kind(settings: dict[str, Any], folder: str) -> str:
    """Return "text" or "image": a checkpoint is for one of them."""
    from transformers import CONFIG_MAPPING

    name = settings.get("model_type")
    if not isinstance(name, str) or name not in CONFIG_MAPPING:
        if "auto_map" in settings:
            raise ModelError(
                f"the model of {folder} is code that the checkpoint brings with it (auto_map), which is not run: take "
                "a checkpoint of a model that transformers knows"
            )
        if "architecture" in settings:
            raise ModelError(f"{folder} is a checkpoint of timm; write {in_shell(f'timm:{folder}')}")
        raise ModelError(
            f"{folder} is no checkpoint that transformers knows: model_type in its config.json is {name!r}"
        )
    for kind in ("text", "image"):
        if CONFIG_MAPPING[name] in _auto(kind)._model_mapping:
            return kind
    raise ModelError(f"{folder} ({name}) classifies neither texts nor images")


def _auto(kind: str) -> Any:
    from transformers import AutoModelForImageClassification, AutoModelForSequenceClassification

    return AutoModelForSequenceClassification if kind == "text" else AutoModelForImageClassification


def _config(settings: dict[str, Any], where: str) -> PretrainedConfig:
    """The settings of a checkpoint, which may be from anybody."""
    from transformers import AutoConfig

    clean = _harmless(settings)
    # Any: what is in such a file is checked by each model in its own way.
    try:
        made: PretrainedConfig = AutoConfig.for_model(clean.pop("model_type"), **clean)
    except Exception as error:
        raise ModelError(f"the settings of the model in {where} cannot be used: {_first_line(error)}") from None
    return made


def _harmless(settings: Any) -> Any:
    """The settings, and those inside of them, without what could fetch or run something."""
    if isinstance(settings, list):
        return [_harmless(value) for value in settings]
    if not isinstance(settings, dict):
        return settings
    return {key: _harmless(value) for key, value in settings.items() if not key.lstrip("_").startswith(_REFUSED)}


def _texts(folder: Path, config: PretrainedConfig) -> Reading:
    from transformers import AutoTokenizer

    # Any: old and strange tokenizers fail in many ways.
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        backend = tokenizer.backend_tokenizer
        if not any((folder / name).exists() for name in tokenizer.vocab_files_names.values()):
            raise ValueError("there is no vocabulary")
    except Exception as error:
        raise ModelError(
            f"the tokenizer of {folder} cannot be used ({_first_line(error)}): a checkpoint for texts needs a "
            "tokenizer.json, or a vocabulary that transformers makes one of"
        ) from None
    padding = next((token for token in (tokenizer.pad_token_id, tokenizer.eos_token_id) if token is not None), 0)
    positions = getattr(config, "max_position_embeddings", None) or _LONGEST
    # Models like RoBERTa count positions from behind their padding.
    most = min(int(tokenizer.model_max_length), positions - ((config.pad_token_id or -1) + 1), _LONGEST)
    backend.no_padding()
    backend.no_truncation()
    vocabulary = max(len(tokenizer), getattr(config, "vocab_size", 0))
    return Reading(tokenizer_json=backend.to_str(), vocabulary=vocabulary, padding=padding, max_length=max(most, 1))


def _images(folder: Path) -> Reading:
    found = read_settings(folder, "preprocessor_config.json", "processor_config.json")
    found = found.get("image_processor", found)
    size = found.get("crop_size") if found.get("do_center_crop") else None
    size = size or found.get("size") or 224
    sides = [*size.values()] if isinstance(size, dict) else [size]
    if not all(isinstance(side, int) and side > 0 for side in sides):
        raise ModelError(f"{folder}: the size of its images is {size!r}, which is no number of pixels")
    normalised = found.get("do_normalize", True)
    mean, std = (found.get(name) if normalised else None for name in ("image_mean", "image_std"))
    return Reading(size=sides[0], mean=tuple(mean or (0.0,)), std=tuple(std or (1.0,)))


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


@contextmanager
def _transformers() -> Iterator[None]:
    """With the library at hand, but neither the hub that it would ask, nor what it tells about itself."""
    require("hf")
    # Any: beside a torchvision of another torch it cannot be loaded, and says so in several ways.
    try:
        from transformers import AutoConfig
        from transformers.utils import logging
    except Exception as error:
        raise ModelError(f"transformers cannot be loaded: {_first_line(error)}") from None
    assert AutoConfig is not None
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with offline():
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
