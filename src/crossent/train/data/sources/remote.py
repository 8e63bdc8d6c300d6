"""Addresses of data on the net: they are not fetched here; the error has the command that fetches them."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from ....printable import in_shell
from ...config.rules import SettingError
from .shards import is_remote

_ABROAD = ("http", "https", "ftp", "hf", "s3", "gs", "az")


def refuse_remote(setting: str, source: str) -> None:
    """Raise for an address on the net, but for folders of files that are read where they are.

    Raises:
        SettingError: with the command that fetches the data.
    """
    parts = urlsplit(source)
    if parts.scheme not in _ABROAD or is_remote(source):
        return
    path = PurePosixPath(parts.path)
    data_set = parts.scheme == "hf" or (parts.netloc == "huggingface.co" and path.parts[1:2] == ("datasets",))
    if data_set:
        named = [part for part in (parts.netloc, *path.parts) if part not in ("/", "datasets", "huggingface.co")][:2]
        name, folder = "/".join(named), named[-1] if named else "data"
        command = f"hf download {in_shell(name)} --repo-type dataset --local-dir {in_shell(folder)}"
        _refuse(setting, source, command, folder)
    name = path.name or "data"
    commands = {"s3": "aws s3 cp", "gs": "gcloud storage cp", "az": "azcopy copy"}
    address = in_shell(source)
    fetch = f"{commands[parts.scheme]} {address} ." if parts.scheme in commands else f"curl -LO {address}"
    _refuse(setting, source, fetch, name)


def _refuse(setting: str, source: str, command: str, local: str) -> None:
    raise SettingError(setting, f"data on this computer; fetch them with: {command}", source, local)
