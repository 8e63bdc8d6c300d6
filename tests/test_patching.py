"""patch, unpatch and patched: what they reach, and that they leave no trace."""

from __future__ import annotations

import functools
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import crossent

CLASSES = ["CrossEntropyLoss", "NLLLoss", "LogSoftmax", "BCEWithLogitsLoss", "BCELoss"]
CLASSES += ["LinearCrossEntropyLoss"] * hasattr(nn, "LinearCrossEntropyLoss")
FUNCTIONS = ["cross_entropy", "nll_loss", "log_softmax", "binary_cross_entropy", "binary_cross_entropy_with_logits"]
LOGITS, TARGET = torch.eye(3), torch.tensor([0, 1, 1])


def torchs_names() -> dict[str, object]:
    """All that patching may touch: the classes, what is in them, and the functions."""
    members = {f"{name}.{member}": value for name in CLASSES for member, value in vars(getattr(nn, name)).items()}
    members = {name: value for name, value in members.items() if not name.endswith("__annotations__")}
    return members | {name: getattr(nn, name) for name in CLASSES} | {name: getattr(F, name) for name in FUNCTIONS}


@pytest.fixture(autouse=True)
def _leave_no_trace() -> Iterator[None]:
    before = torchs_names()
    yield
    crossent.unpatch()
    assert torchs_names() == before


@pytest.fixture
def user_module() -> Iterator[types.ModuleType]:
    """A loaded module that did `from torch.nn import CrossEntropyLoss`, and the like, before."""
    module = types.ModuleType("a_users_module")
    exec("from torch.nn import CrossEntropyLoss\nfrom torch.nn.functional import cross_entropy as ce", vars(module))
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def test_patch_replaces_functions_and_fills_classes() -> None:
    crossent.patch()
    for name in CLASSES:
        assert getattr(nn, name).forward is getattr(crossent, name).forward
    for name in FUNCTIONS:
        assert getattr(F, name) is getattr(crossent.functional, name)
    assert nn.CrossEntropyLoss(weight=[1, 4, 1])(LOGITS, TARGET.to(torch.uint8)).shape == ()


def test_patch_reaches_names_imported_before(user_module: types.ModuleType) -> None:
    names = crossent.patch()
    assert user_module.CrossEntropyLoss(dim=-1)(LOGITS, TARGET.to(torch.uint8)).shape == ()
    assert user_module.ce is crossent.functional.cross_entropy
    assert {"torch.nn.CrossEntropyLoss", "a_users_module.ce"} <= set(names)
    assert "a_users_module.ce" in str(names)
    crossent.unpatch()
    assert user_module.CrossEntropyLoss is nn.CrossEntropyLoss
    assert user_module.ce is F.cross_entropy


class Focal(nn.CrossEntropyLoss):
    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return super().forward(input, target) * 2


def arguments_of(name: str) -> dict[str, Any]:
    return {"in_features": 3, "num_classes": 3} if name.startswith("Linear") else {}


@pytest.mark.parametrize("name", CLASSES)
def test_criteria_keep_their_type(name: str) -> None:
    theirs = getattr(nn, name)
    subclass, arguments = type("Mine", (theirs,), {}), arguments_of(name)
    criteria = [(theirs(**arguments), theirs), (subclass(**arguments), subclass)]
    with crossent.patched():
        assert getattr(nn, name) is theirs
        late = type("Late", (theirs,), {})
        criteria += [(theirs(**arguments), theirs), (subclass(**arguments), subclass), (late(**arguments), late)]
        assert all(type(criterion) is kind and isinstance(criterion, theirs) for criterion, kind in criteria)
        assert isinstance(getattr(crossent, name)(**arguments), theirs)
    assert all(type(criterion) is kind and isinstance(criterion, theirs) for criterion, kind in criteria)
    assert not any(isinstance(criterion, getattr(crossent, name)) for criterion, _ in criteria)


@pytest.mark.parametrize("made_while", ["before", "patched"])
def test_a_criterion_computes_with_ours_while_the_patch_lasts(made_while: str) -> None:
    make = functools.partial(nn.CrossEntropyLoss, torch.tensor([1.0, 2.0, 3.0]), label_smoothing=0.1)
    criterion = make()
    crossent.patch()
    criterion = criterion if made_while == "before" else make()
    expected = crossent.functional.cross_entropy(LOGITS, TARGET, torch.tensor([1.0, 2.0, 3.0]), label_smoothing=0.1)
    labels = TARGET.to(torch.int16)  # torch refuses int16, so only crossent can have computed this
    torch.testing.assert_close(criterion(LOGITS, labels), expected)
    assert repr(criterion) == "CrossEntropyLoss(weight=[1, 2, 3], label_smoothing=0.1)"
    crossent.unpatch()
    with pytest.raises(RuntimeError, match="Long"):
        criterion(LOGITS, labels)
    torch.testing.assert_close(criterion(LOGITS, TARGET), expected)


def test_what_torch_does_not_know_is_not_ignored_after_the_patch(tmp_path: Path) -> None:
    with crossent.patched():
        criteria = [nn.CrossEntropyLoss(dim=-1, z_loss=0.1), Focal(normalizer=torch.tensor(3.0)), nn.NLLLoss(dim=1)]
        torch.save(criteria, tmp_path / "criteria.pt")
    criteria += torch.load(tmp_path / "criteria.pt", weights_only=False)
    assert type(criteria[0]) is type(criteria[3]) is nn.CrossEntropyLoss
    for criterion in criteria[0], criteria[3]:
        text = (
            "this CrossEntropyLoss was made while crossent was patched in, with dim=-1, z_loss=0.1, which torch's own "
            "does not know. Write crossent.CrossEntropyLoss(dim=-1, z_loss=0.1), or call crossent.patch() again."
        )
        with pytest.raises(RuntimeError, match=re.escape(text)):
            criterion(LOGITS, TARGET)
    with pytest.raises(RuntimeError, match=r"this CrossEntropyLoss .* with normalizer=\[?3"):
        criteria[1](LOGITS, TARGET)
    assert criteria[2](LOGITS, TARGET) == nn.NLLLoss()(LOGITS, TARGET)
    with crossent.patched():
        assert criteria[3](LOGITS, TARGET) == crossent.CrossEntropyLoss(dim=-1, z_loss=0.1)(LOGITS, TARGET)


def test_a_patched_program_writes_torchs_checkpoints() -> None:
    weight = torch.tensor([1.0, 2.0, 3.0])
    with crossent.patched():
        state = nn.Sequential(nn.Linear(2, 3), nn.CrossEntropyLoss(weight)).state_dict()
    model = nn.Sequential(nn.Linear(2, 3), nn.CrossEntropyLoss(torch.ones(3)))
    model.load_state_dict(state)
    assert torch.equal(model[1].weight, weight)


def test_a_library_that_asks_for_the_type_gets_the_same_answers() -> None:
    """skorch takes the logarithm of a net's output where the criterion is NLLLoss."""

    def loss(criterion: nn.Module, probabilities: torch.Tensor) -> torch.Tensor:
        return criterion(probabilities.log() if isinstance(criterion, nn.NLLLoss) else probabilities, TARGET)

    probabilities, before = LOGITS.softmax(1), nn.NLLLoss()
    expected = loss(before, probabilities)
    with crossent.patched():
        meanwhile = nn.NLLLoss()
        assert loss(before, probabilities) == loss(meanwhile, probabilities) == expected
    assert loss(meanwhile, probabilities) == expected


def test_annotations_hold_wherever_they_are_copied() -> None:
    """fastai copies those of a criterion to functions of its own modules, and resolves them there."""
    with crossent.patched():
        holders = [getattr(crossent.functional, name) for name in crossent.functional.__all__]
        for name in CLASSES:
            holders += [getattr(nn, name).__init__, getattr(nn, name).forward, getattr(crossent, name)]
        copied = {f"{n}_{name}": hint for n, h in enumerate(holders) for name, hint in h.__annotations__.items()}
    assert copied
    assert not [name for name, hint in copied.items() if isinstance(hint, str)]


def test_patch_reaches_subclasses() -> None:
    criterion = Focal()
    crossent.patch()
    labels = TARGET.to(torch.int16)
    assert criterion(LOGITS, labels) == 2 * nn.CrossEntropyLoss()(LOGITS, labels)


def test_patching_twice_is_patching_once(user_module: types.ModuleType) -> None:
    assert crossent.patch()
    assert crossent.patch() == []
    user_module.late = nn.CrossEntropyLoss
    crossent.unpatch()
    assert F.cross_entropy is not crossent.functional.cross_entropy


def test_patched_ends_with_the_block_and_keeps_an_outer_patch() -> None:
    with crossent.patched() as names:
        assert F.nll_loss is crossent.functional.nll_loss
        assert "torch.nn.NLLLoss" in names
    assert F.nll_loss is not crossent.functional.nll_loss
    crossent.patch()
    with pytest.raises(ZeroDivisionError), crossent.patched():
        1 / 0  # noqa: B018
    assert F.nll_loss is crossent.functional.nll_loss


def test_unpatch_leaves_what_was_assigned_since(user_module: types.ModuleType) -> None:
    crossent.patch()
    user_module.ce = nn.NLLLoss.extra_repr = print
    crossent.unpatch()
    assert user_module.ce is nn.NLLLoss.extra_repr is print
    del nn.NLLLoss.extra_repr


def test_small_losses_do_not_call_themselves_when_patched() -> None:
    expected = F.cross_entropy(LOGITS, TARGET)
    with crossent.patched():
        assert F.cross_entropy(LOGITS, TARGET) == expected
        assert nn.AdaptiveLogSoftmaxWithLoss(8, 3, [2])(torch.ones(3, 8), TARGET).loss.isfinite()
