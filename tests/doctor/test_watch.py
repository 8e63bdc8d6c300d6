"""`with crossent.doctor.watch()`: in code, in cells of a notebook, and when something in the doctor itself breaks."""

from __future__ import annotations

import linecache

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import cross_entropy as imported_before

import crossent
from crossent.doctor import checks

from .training import MISTAKE

# As a cell of a notebook does before the block is entered.
chosen_before = F.cross_entropy


def train(model: nn.Module, loss_of: object, steps: int = 6) -> float:
    """Train for some steps; returns the last loss."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    assert callable(loss_of)
    for _ in range(steps):
        x = torch.randn(16, 5)
        loss = loss_of(model(x), x[:, :3].argmax(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return float(loss.detach())


def spoilt() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 3), nn.Softmax(dim=1))


@pytest.mark.parametrize(
    "loss_of",
    [
        nn.CrossEntropyLoss(),
        lambda *a: F.cross_entropy(*a),
        lambda *a: imported_before(*a),
        lambda *a: chosen_before(*a),
    ],
    ids=["module", "function", "imported before", "chosen before"],
)
def test_what_was_built_before_is_seen(loss_of: object, capsys: pytest.CaptureFixture[str]) -> None:
    model = spoilt()
    with crossent.doctor.watch() as report:
        train(model, loss_of)
    assert [finding.id for finding in report.findings] == [MISTAKE]
    assert "test_watch.py:" in report.findings[0].where
    assert report.steps == 6
    out, err = capsys.readouterr()
    assert out == ""
    assert MISTAKE in err
    assert str(report) in err


@pytest.mark.parametrize(
    "loss_of",
    [crossent.CrossEntropyLoss(), lambda *a: crossent.functional.cross_entropy(*a)],
    ids=["module", "function"],
)
def test_the_losses_of_crossent_are_watched_too(loss_of: object) -> None:
    with crossent.doctor.watch(show=False) as report:
        train(spoilt(), loss_of)
    assert [finding.id for finding in report.findings] == [MISTAKE]


def test_nothing_is_written_when_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with crossent.doctor.watch(show=False) as report:
        train(nn.Linear(5, 3), F.cross_entropy)
    assert report.findings == []
    assert capsys.readouterr() == ("", "")


def test_the_report_is_complete_after_an_exception() -> None:
    def fail() -> None:
        train(spoilt(), F.cross_entropy)
        raise KeyError("label")

    with pytest.raises(KeyError, match="label"), crossent.doctor.watch(show=False) as report:
        fail()
    assert [finding.id for finding in report.findings] == [MISTAKE]


def test_torch_is_as_before_after_the_block() -> None:
    namespaces = [torch, F, torch.Tensor, nn.Module, nn.CrossEntropyLoss, torch.optim.Optimizer, torch.optim.SGD]
    namespaces += [torch.utils.data.DataLoader, torch.optim.lr_scheduler.ReduceLROnPlateau, torch.autograd]
    before = [dict(vars(space)) for space in namespaces]
    with crossent.doctor.watch(show=False):
        train(nn.Linear(5, 3), F.cross_entropy)
    for space, was in zip(namespaces, before, strict=True):
        assert {name for name, value in vars(space).items() if was.get(name) is not value} == set(), space


def test_a_second_block_inside_is_refused() -> None:
    told = "expected one observation at a time, got a second"
    with crossent.doctor.watch(show=False), pytest.raises(RuntimeError, match=told), crossent.doctor.watch(show=False):
        pass


def test_blocks_one_after_the_other() -> None:
    for _ in range(2):
        with crossent.doctor.watch(show=False) as report:
            train(spoilt(), F.cross_entropy)
        assert [finding.id for finding in report.findings] == [MISTAKE]


CELLS = [
    "import torch\nfrom torch import nn\ntorch.manual_seed(0)\nmodel = nn.Sequential(nn.Linear(5, 3), nn.Softmax(1))",
    "criterion = nn.CrossEntropyLoss()\noptimizer = torch.optim.Adam(model.parameters())",
    "def train_one_batch():\n"
    "    x = torch.randn(16, 5)\n"
    "    loss = criterion(model(x), x[:, :3].argmax(1))\n"
    "    optimizer.zero_grad()\n"
    "    loss.backward()\n"
    "    optimizer.step()",
]


@pytest.mark.parametrize("name", ["<ipython-input-{}-0a1b2c3d>", "/tmp/ipykernel_4711/{}.py"])
def test_cells_of_a_notebook(name: str) -> None:
    names: dict[str, object] = {"__name__": "__main__"}

    def cell(number: int, code: str) -> None:
        file = name.format(number)
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        exec(compile(code, file, "exec"), names)

    for number, code in enumerate(CELLS, 1):
        cell(number, code)
    with crossent.doctor.watch(show=False) as report:
        cell(4, "for _ in range(5):\n    train_one_batch()")
    (finding,) = report.findings
    assert finding.id == MISTAKE
    assert finding.where.endswith(":3")
    assert "3" in finding.where.rsplit(":", 1)[0]


def test_a_broken_check_is_a_note_and_the_training_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = next(check for check in checks.all_checks() if check.id == "missing-zero-grad")

    def stumble(*_: object) -> object:
        raise ZeroDivisionError("a bug of ours")

    for name in broken.listens.values():
        monkeypatch.setattr(broken, name, stumble)
    with crossent.doctor.watch(show=False) as report:
        train(spoilt(), F.cross_entropy)
    assert report.findings[0].id == MISTAKE
    (note,) = report.findings[1:]
    assert note.severity == "note"
    assert "missing-zero-grad" in note.message() + note.evidence()
    assert "a bug of ours" in note.message() + note.evidence()
