"""The folder of a checkpoint: one on this machine, or a copy of one that the user has named and the hub holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import ModelError

# What of a repository is copied: settings, vocabularies, weights that cannot run code.
_READ = ("*.json", "*.txt", "*.model", "*.safetensors")


def checkpoint_folder(name: str, repository: str | None = None) -> Path:
    """The folder of a checkpoint.

    Args:
        name: a folder, or a name on the hub.
        repository: what it is called on the hub, where that is another name.

    Raises:
        ModelError: there is no such folder, or nothing of this name can be fetched.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise ModelError(f"there is no folder {name!r} of a checkpoint")
    from huggingface_hub import snapshot_download

    # Any: what a network and its proxies can do wrong has no end.
    try:
        return Path(snapshot_download(repository or name, allow_patterns=list(_READ), ignore_patterns=["*/*"]))
    except Exception as error:
        raise ModelError(
            f"{name} is no folder here, and cannot be fetched from the Hugging Face hub "
            f"({type(error).__name__}: {str(error).strip().partition(chr(10))[0]}). Name a folder with the checkpoint"
        ) from None


@contextmanager
def offline() -> Iterator[None]:
    """Fetch nothing from the Hugging Face hub meanwhile: the settings of a checkpoint may name more of it."""
    from huggingface_hub import constants

    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def read_settings(folder: Path, *names: str) -> dict[str, Any]:
    """The content of the first of these JSON files that is there.

    Raises:
        ModelError: none is there, or it holds something else.
    """
    path = next((folder / name for name in names if (folder / name).exists()), None)
    if path is None:
        raise ModelError(f"{folder} is no checkpoint that can be used here: there is no {names[0]} in it")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise ModelError(f"{path} cannot be read: it holds a {type(found).__name__} instead of names and values")
    return found


def check_weights(folder: Path) -> None:
    """Make sure that a checkpoint has weights that can be read without running code.

    Raises:
        ModelError: it has none, or only pickled ones.
    """
    if any(folder.glob("*.safetensors")):
        return
    pickled = sorted(path.name for end in ("bin", "pt", "pth", "ckpt") for path in folder.glob(f"*.{end}"))
    if pickled:
        raise ModelError(
            f"the weights of {folder} are pickled ({pickled[0]}), and reading such a file can run code: it was not "
            "opened. If you trust it, write it as .safetensors first: model.save_pretrained(FOLDER) of transformers"
        )
    raise ModelError(f"{folder} is no checkpoint that can be used here: there is no .safetensors file in it")
