"""Exported models give the model's numbers on real samples, for any batch size, or are not kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from crossent.train import load_run
from crossent.train.inference import export as module
from crossent.train.inference.export import ExportError, export

from ..made import Made

TASKS = ("text", "binary", "image", "segmentation")


def batch_of(made: Made, rows: int) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The model's logits on samples, and the inputs."""
    run = load_run(made.folder)
    inputs, _ = run.part().read(torch.arange(rows))
    with torch.no_grad():
        return run.task.logits(run.model, inputs), inputs if isinstance(inputs, tuple) else (inputs,)


@pytest.mark.parametrize("task", TASKS)
def test_onnx_gives_the_models_numbers(task: str, made: Callable[[str], Made], tmp_path: Path) -> None:
    run = load_run(made(task).folder)
    assert export(run, tmp_path / "model.onnx") < 1e-4
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    wanted, inputs = batch_of(made(task), 5)
    fed = {item.name: tensor.numpy() for item, tensor in zip(session.get_inputs(), inputs, strict=True)}
    logits, probabilities = session.run(["logits", "probabilities"], fed)
    assert torch.allclose(torch.from_numpy(logits), wanted, atol=1e-4)
    known = run.predict(made(task).source).probabilities if task == "binary" else None
    if known is not None:
        part = run.predict(run.part()).probabilities[:5]
        assert torch.allclose(torch.from_numpy(probabilities).double(), part, atol=1e-5)
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["crossent.classes"]) == list(run.schema.classes)
    schema = json.loads(about["crossent.schema"])
    assert (schema["task"], schema["kind"]) == (run.schema.task, run.schema.kind)
    assert (schema["tokenizer_json"] is not None) == (task == "text")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.onnx"]


@pytest.mark.parametrize("task", ["text", "binary"])
def test_a_program_gives_the_models_numbers(task: str, made: Callable[[str], Made], tmp_path: Path) -> None:
    run = load_run(made(task).folder)
    path = run.export(tmp_path / "model.pt2")
    extra = {"schema.json": "", "classes.json": ""}
    program = torch.export.load(path, extra_files=extra)
    wanted, inputs = batch_of(made(task), 5)
    assert torch.allclose(program.module()(*inputs)[0], wanted, atol=1e-5)
    assert json.loads(extra["classes.json"]) == list(run.schema.classes)
    assert json.loads(extra["schema.json"])["input_shape"] == list(run.schema.input_shape)


def test_other_numbers_are_not_kept(
    made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = module._load_program

    def wrong(path: Path) -> Callable[[tuple[Tensor, ...]], Tensor]:
        right = original(path)
        return lambda inputs: right(inputs) + 0.5

    monkeypatch.setattr(module, "_load_program", wrong)
    expected = (
        r"^model\.pt2 gives logits that differ by up to 0\.5 from the model's on 2 real samples; it was not kept$"
    )
    with pytest.raises(ExportError, match=expected):
        export(load_run(made("binary").folder), tmp_path / "model.pt2")
    assert list(tmp_path.iterdir()) == []


class Branching(nn.Module):
    """Decides by a value, which no trace can."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.model(*inputs) if inputs[0].sum() > 0 else -self.model(*inputs)


def test_a_model_that_cannot_be_traced_is_told(
    made: Callable[[str], Made], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = load_run(made("binary").folder)
    run._given = Branching(run.model)
    del run.__dict__["model"]
    with pytest.raises(
        ExportError, match=r"^the model cannot be traced for a free batch size: .*must not branch on values"
    ):
        export(run, tmp_path / "model.pt2")
    assert capsys.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_wrong_names_and_missing_packages(
    made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_run(made("binary").folder)
    for path, message in (
        (tmp_path / "model.onx", "expected a name that ends in .onnx or .pt2; write model.onnx"),
        (tmp_path / "model", "expected a name that ends in .onnx or .pt2"),
        (tmp_path / "no" / "model.pt2", f"there is no folder {str(tmp_path / 'no')!r} to write model.pt2 to"),
    ):
        with pytest.raises(ExportError, match=re.escape(message)):
            export(run, path)
    monkeypatch.setattr("crossent.extras.find_spec", lambda name: None)
    message = 'onnx, onnxruntime, onnxscript not installed; write: pip install "crossent[export]", or export to .pt2'
    with pytest.raises(ExportError, match=f"^{re.escape(message)}$"):
        export(run, tmp_path / "model.onnx")
