"""Callbacks of other trainers, with trainers that call their hooks as the real ones do (benchmarks/frameworks.py)."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

MISTAKE = "softmax-before-cross-entropy"


class Base:
    """A callback of somebody else's."""


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"lightning.pytorch.callbacks": "Callback", "transformers": "TrainerCallback"}
    for name, base in names.items():
        module = ModuleType(name)
        setattr(module, base, Base)
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.delitem(sys.modules, f"crossent.integrations.{name.split('.')[0]}", raising=False)


def doctor(trainer: str, **settings: Any) -> Any:
    return import_module(f"crossent.integrations.{trainer}").Doctor(**settings)


def train() -> None:
    model = nn.Sequential(nn.Linear(5, 3), nn.Softmax(dim=1))
    for _ in range(3):
        F.cross_entropy(model(torch.randn(8, 5)), torch.arange(8) % 3).backward()


@pytest.mark.usefixtures("hooks")
def test_lightning(capsys: pytest.CaptureFixture[str]) -> None:
    callback = doctor("lightning")
    assert isinstance(callback, Base)
    assert callback.report is None
    for stage in ("validate", "fit"):
        callback.setup(None, None, stage)
        train()
        callback.teardown(None, None, stage)
    assert [finding.id for finding in callback.report.findings] == [MISTAKE]
    assert capsys.readouterr().err.count("crossent doctor:") == 1


@pytest.mark.usefixtures("hooks")
def test_lightning_after_an_exception(capsys: pytest.CaptureFixture[str]) -> None:
    callback = doctor("lightning", language="zh")
    callback.setup(None, None, "fit")
    train()
    callback.on_exception(None, None, KeyError("label"))
    callback.teardown(None, None, "fit")
    assert callback.report.crash.error == "KeyError: 'label'"
    assert capsys.readouterr().err.count("crossent doctor：") == 1


@pytest.mark.usefixtures("hooks")
def test_transformers_again_after_a_training_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    callback = doctor("transformers", show=False)
    assert isinstance(callback, Base)
    for ends in (False, True):
        callback.on_train_begin(None, None, None, model=None)
        train()
        if ends:
            callback.on_train_end(None, None, None, model=None)
    assert [finding.id for finding in callback.report.findings] == [MISTAKE]
    assert capsys.readouterr().err == ""


LOGITS = torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(0))
CLASSES = torch.where(torch.rand(4, 6, generator=torch.Generator().manual_seed(1)) < 0.6, -100, 1)


def loss_of(*arguments: Any, **settings: Any) -> torch.Tensor:
    return import_module("crossent.integrations.transformers").compute_loss(*arguments, **settings)


@pytest.mark.usefixtures("hooks")
def test_micro_batches_sum_up_to_the_loss_of_the_batch() -> None:
    count = (CLASSES != -100).sum()
    parts = [loss_of({"logits": LOGITS[row, None]}, CLASSES[row, None], count) for row in range(4)]
    whole = F.cross_entropy(LOGITS.flatten(0, 1), CLASSES.flatten())
    torch.testing.assert_close(torch.stack(parts).sum(), whole)
    torch.testing.assert_close(loss_of(SimpleNamespace(logits=LOGITS), CLASSES), whole)


@pytest.mark.usefixtures("hooks")
def test_several_labels_and_the_next_token() -> None:
    labels = (LOGITS[:, 0] > 0).float()
    torch.testing.assert_close(
        loss_of({"logits": LOGITS[:, 1]}, labels, 24), F.binary_cross_entropy_with_logits(LOGITS[:, 1], labels) / 2
    )
    expected = F.cross_entropy(LOGITS[:, :-1].flatten(0, 1), CLASSES[:, 1:].flatten())
    torch.testing.assert_close(loss_of({"logits": LOGITS}, CLASSES, shift=True), expected)


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize(
    ("outputs", "labels", "text"),
    [
        ({"logits": LOGITS}, None, "compute_loss: expected outputs with logits, and labels; got no labels."),
        (
            SimpleNamespace(x=1),
            CLASSES,
            "expected outputs with logits, and labels; got no logits, but SimpleNamespace.",
        ),
        ({"logits": LOGITS}, CLASSES.float(), "of the shape (4, 6, 3), got (4, 6); class numbers are int64."),
    ],
)
def test_outputs_and_labels_that_do_not_fit(outputs: Any, labels: Any, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        loss_of(outputs, labels)


def test_a_real_trainer_accumulates_exactly(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    from crossent.integrations.transformers import compute_loss

    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, 20, (8, 6), generator=generator)
    # Sentences of 1 to 6 tokens that count.
    kept = torch.arange(6) < 1 + torch.arange(8)[:, None] % 6
    samples = [
        {"input_ids": row, "labels": torch.where(keep, row % 3, -100)} for row, keep in zip(ids, kept, strict=True)
    ]

    def trained(micro: int, **settings: Any) -> torch.Tensor:
        sizes = {
            "hidden_size": 8,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 8,
            "attention_probs_dropout_prob": 0,
        }
        config = transformers.BertConfig(vocab_size=20, num_labels=3, hidden_dropout_prob=0, **sizes)
        torch.manual_seed(0)
        model = transformers.BertForTokenClassification(config)
        arguments = transformers.TrainingArguments(
            output_dir=str(tmp_path), per_device_train_batch_size=micro, gradient_accumulation_steps=8 // micro,
            num_train_epochs=2, optim="sgd", learning_rate=0.5, max_grad_norm=1e9, report_to=[], save_strategy="no",
            use_cpu=True, disable_tqdm=True, logging_strategy="no",
        )  # fmt: skip
        trainer = transformers.Trainer(model.eval(), arguments, train_dataset=samples, **settings)
        trainer.train()
        return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])

    whole = trained(8, compute_loss_func=compute_loss)
    torch.testing.assert_close(trained(2, compute_loss_func=compute_loss), whole, rtol=1e-4, atol=1e-6)
    # What it is for: the model's own loss is a mean of means.
    assert (trained(2) - whole).abs().max() > 1e-3
