"""`crossent info`: what a bug report needs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest
import torch

import crossent
from crossent.cli import info, main
from crossent.extras import EXTRAS


def test_it_names_versions_backends_and_extras(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_onnx(package: str) -> str:
        if package == "onnx":
            raise PackageNotFoundError
        return version(package)

    monkeypatch.setattr(info, "version", without_onnx)
    assert main(["info"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0].startswith(f"crossent {version('crossent')}, torch {torch.__version__}, Python 3.")
    assert lines[2].startswith(f"{torch.get_num_threads()} CPU threads per operation, ")
    # Every row of the table is told, with its reason.
    told = [line.rsplit(" for ", 1) for line in lines if " for " in line]
    rows = {(what, kind) for what, kinds in told for kind in kinds.split(", ")}
    assert rows == {(f"{r.operator}: {r.backend} ({r.reason})", f"{r.device} {r.dtype}") for r in crossent.backends()}
    extras = dict(line.split(": ", 1) for line in lines if line.startswith("crossent["))
    assert list(extras) == [f"crossent[{extra}]" for extra in EXTRAS]
    assert f"rich {version('rich')}" in extras["crossent[train]"].split(", ")
    assert "onnx missing" in extras["crossent[export]"].split(", ")


def test_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: f"card {number}")
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    assert info._device() == "CUDA 12.8: card 0, card 1"
