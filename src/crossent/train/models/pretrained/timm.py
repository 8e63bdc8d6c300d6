"""Checkpoints of timm, for images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from ....extras import require
from ....printable import in_shell
from ...data.schema import Reading, Schema
from ...errors import ModelError
from .base import Pretrained, PretrainedImages, check_fits
from .folder import check_weights, checkpoint_folder, offline, read_settings

# What of a checkpoint's arguments could read or fetch something else.
_REFUSED = ("pretrained", "checkpoint", "cache_dir")


def reading(name: str) -> Reading:
    """How the checkpoint reads images.

    Raises:
        ModelError: it cannot be used.
    """
    found = _settings(_folder(name))["pretrained_cfg"]
    _, height, _ = found.get("input_size", (3, 224, 224))
    return Reading(size=height, mean=tuple(found.get("mean", (0.0,))), std=tuple(found.get("std", (1.0,))))


def load(name: str, schema: Schema) -> Pretrained:
    """The checkpoint with a new head for the schema's classes.

    Raises:
        ModelError: it cannot be used; SettingError: it is not for such data.
    """
    timm, folder = _timm(), _folder(name)
    settings = _settings(folder)
    check_fits(f"timm:{name}", "image", schema, settings["pretrained_cfg"].get("input_size", (3,))[0])
    check_weights(folder)
    backbone = {
        "architecture": settings["architecture"],
        "args": _harmless(settings.get("model_args") or {}),
        "input": list(settings["pretrained_cfg"].get("input_size", (3, 224, 224))),
        "fixed": bool(settings["pretrained_cfg"].get("fixed_input_size")),
    }
    outputs = schema.new_task().outputs
    # Any: files may be cut short, or of another architecture than they say.
    try:
        with offline():
            model = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=outputs, **backbone["args"])
    except Exception as error:
        what = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
        raise ModelError(f"{folder} cannot be read as a checkpoint of timm: {what}") from None
    new = _new(model)
    count = sum(1 for _ in model.parameters())
    return _made(model, new, backbone, (f"{count - len(new)} tensors are taken from {folder}; the head is new",))


def rebuilt(backbone: dict[str, Any], schema: Schema) -> Pretrained:
    """The model that `load` has made, without its weights; nothing is fetched.

    Args:
        backbone: as a run has written it, or anybody.
        schema: of the run.

    Raises:
        ModelError: timm knows no such architecture.
    """
    timm = _timm()
    if not timm.is_model(backbone["architecture"]):
        raise ModelError(f"timm knows no model {backbone['architecture']!r}")
    outputs = schema.new_task().outputs
    args = {**_harmless(backbone["args"]), "pretrained": False, "num_classes": outputs}
    with offline():
        model = timm.create_model(backbone["architecture"], **args)
    return _made(model, set(backbone["new"]), backbone, ())


def _harmless(args: dict[str, Any]) -> dict[str, Any]:
    """The arguments of an architecture without those that name other files and places."""
    return {name: value for name, value in args.items() if not name.startswith(_REFUSED)}


def _made(model: nn.Module, new: set[str], backbone: dict[str, Any], notes: tuple[str, ...]) -> Pretrained:
    channels, height, width = backbone["input"]
    return PretrainedImages(model, new, backbone, notes, channels, (height, width) if backbone["fixed"] else None)


def _new(model: Any) -> set[str]:
    """The names of the parameters of the head: it may have one layer, or several."""
    head = model.get_classifier()
    modules = head if isinstance(head, (tuple, list)) else (head,)
    fresh = {id(parameter) for module in modules for parameter in module.parameters()}
    return {name for name, parameter in model.named_parameters() if id(parameter) in fresh}


def _folder(name: str) -> Path:
    timm, path = _timm(), Path(name).expanduser()
    if path.is_dir() or "/" in name:
        return checkpoint_folder(name)
    if not timm.is_model(name):
        raise ModelError(
            f"timm knows no model {name!r}; timm.list_models({f'*{name[:4]}*'!r}) shows those of this kind"
        )
    known = timm.get_pretrained_cfg(name)
    if known is None or not known.hf_hub_id:
        raise ModelError(f"timm has no weights of {name!r} on the Hugging Face hub; name a folder with a checkpoint")
    full = ".".join(part for part in (known.architecture, known.tag) if part)
    return checkpoint_folder(name, known.hf_hub_id + (full if known.hf_hub_id.endswith("/") else ""))


def _settings(folder: Path) -> dict[str, Any]:
    found = read_settings(folder, "config.json")
    if not isinstance(found.get("pretrained_cfg"), dict) or not isinstance(found.get("architecture"), str):
        other = f"; write {in_shell(f'hf:{folder}')}" if "model_type" in found else ""
        raise ModelError(f"{folder} is no checkpoint of timm: its config.json names no architecture{other}")
    if not _timm().is_model(found["architecture"]):
        raise ModelError(f"timm knows no model {found['architecture']!r}, which {folder} is of")
    return found


def _timm() -> Any:
    require("timm")
    # Any: a torchvision that was built for another torch fails in several ways when it is loaded.
    try:
        import timm
    except Exception as error:
        what = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
        raise ModelError(
            f"timm cannot be loaded ({what}): its torchvision must be built for the torch that is installed"
        ) from None
    return timm
