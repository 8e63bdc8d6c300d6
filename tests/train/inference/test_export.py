"""Exported models give the model's numbers on real samples, for any batch size, or are not kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from crossent.train import fit, load_run
from crossent.train.inference import export as module
from crossent.train.inference.export import ExportError, export

from ..conftest import QUIET
from ..made import Made

NAMES = {"text": ["tokens"], "binary": ["numbers"], "image": ["pixels"], "segmentation": ["pixels"]}


def batch_of(made: Made, rows: int) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The model's logits on samples, and the inputs."""
    run = load_run(made.folder)
    inputs, _ = run.part().read(torch.arange(rows))
    with torch.no_grad():
        return run.task.logits(run.model, inputs), inputs if isinstance(inputs, tuple) else (inputs,)


@pytest.mark.parametrize("task", NAMES)
def test_onnx_gives_the_models_numbers(task: str, made: Callable[[str], Made], tmp_path: Path) -> None:
    run = load_run(made(task).folder)
    assert export(run, tmp_path / "model.onnx") < 1e-4
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    wanted, inputs = batch_of(made(task), 5)
    if run.schema.mean:
        # The pixels of the files, with nothing done to them.
        inputs = (torch.from_numpy(run.part().records.take(np.arange(5))._array(run.schema)),)
        assert inputs[0].dtype == torch.uint8
    fed = {item.name: tensor.numpy() for item, tensor in zip(session.get_inputs(), inputs, strict=True)}
    assert list(fed) == NAMES[task]
    logits, probabilities = session.run(["logits", "probabilities"], fed)
    assert torch.allclose(torch.from_numpy(logits), wanted, atol=1e-4)
    known = run.predict(run.part()).probabilities
    if known is not None:
        assert torch.allclose(torch.from_numpy(probabilities).double(), known[:5], atol=1e-5)
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


@pytest.mark.parametrize("shape", [(9, 7, 3), (3, 9, 7), (2, 9)])
def test_arrays_are_taken_as_they_are(tmp_path: Path, shape: tuple[int, ...]) -> None:
    # Images of fractions, in colour, and signals of two channels.
    generator = np.random.default_rng(0)
    x = generator.random((60, *shape), dtype=np.float32)
    run = fit(data=(x, generator.integers(0, 3, 60)), epochs=1, out=tmp_path, console=QUIET)
    path = run.export(tmp_path / "model.onnx", data=(x, np.zeros(60, np.int64)))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (item,) = session.get_inputs()
    assert item.name == ("pixels" if run.schema.kind == "image" else "signals")
    probabilities = session.run(["probabilities"], {item.name: x if shape[-1] != 3 else x.transpose(0, 3, 1, 2)})[0]
    assert np.abs(probabilities - run.predict(x).probabilities.numpy()).max() < 1e-5


@pytest.mark.parametrize("name", ["model.pt2", "model.onnx"])
def test_a_transformer_takes_texts_of_any_number_and_length(tmp_path: Path, name: str) -> None:
    texts = [f"{'fine' if number % 2 else 'awful'} film number {number % 7}" for number in range(60)]
    small = {"embedding": 8, "layers": 1, "heads": 2}
    table = {"text": texts, "label": [number % 2 for number in range(60)]}
    settings = {"model.kwargs": small, "tokenizer": "words", "epochs": 1, "out": tmp_path, "console": QUIET}
    run = fit("transformer", table, text="text", target="label", **settings)
    path = run.export(tmp_path / name, data=table)
    model = module._load_onnx(path) if name == "model.onnx" else module._load_program(path)
    for shape in ((1, 1), (1, 4), (3, 1), (5, 2), (2, 40)):
        tokens = torch.randint(1, run.schema.vocabulary, shape, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            wanted = run.task.logits(run.model, tokens)
        assert torch.allclose(model((tokens,)), wanted, atol=1e-5)


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
        (tmp_path / "model.onx", f"expected a name that ends in .onnx or .pt2; write {tmp_path / 'model.onnx'}"),
        (tmp_path / "model", "expected a name that ends in .onnx or .pt2"),
        (tmp_path / "no" / "model.pt2", f"there is no folder {str(tmp_path / 'no')!r} to write model.pt2 to"),
    ):
        with pytest.raises(ExportError, match=re.escape(message)):
            export(run, path)
    monkeypatch.setattr("crossent.extras.find_spec", lambda name: None)
    message = 'onnx, onnxruntime, onnxscript not installed; write: pip install "crossent[export]", or export to .pt2'
    with pytest.raises(ExportError, match=f"^{re.escape(message)}$"):
        export(run, tmp_path / "model.onnx")
