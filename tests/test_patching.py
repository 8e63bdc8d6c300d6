"""patch, unpatch and patched: what they reach, and that they leave no trace."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import crossent

CLASSES = ["CrossEntropyLoss", "NLLLoss", "LogSoftmax", "BCEWithLogitsLoss", "BCELoss"]
FUNCTIONS = ["cross_entropy", "nll_loss", "log_softmax", "binary_cross_entropy", "binary_cross_entropy_with_logits"]
LOGITS, TARGET = torch.eye(3), torch.tensor([0, 1, 1])


@pytest.fixture(autouse=True)
def _leave_no_trace() -> Iterator[None]:
    before = {name: getattr(nn, name) for name in CLASSES} | {name: getattr(F, name) for name in FUNCTIONS}
    yield
    crossent.unpatch()
    assert before == {name: getattr(nn, name) for name in CLASSES} | {name: getattr(F, name) for name in FUNCTIONS}


@pytest.fixture
def user_module() -> Iterator[types.ModuleType]:
    """A loaded module that did `from torch.nn import CrossEntropyLoss`, and the like, before."""
    module = types.ModuleType("a_users_module")
    exec("from torch.nn import CrossEntropyLoss\nfrom torch.nn.functional import cross_entropy as ce", vars(module))
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def test_patch_replaces_classes_and_functions() -> None:
    crossent.patch()
    for name in CLASSES:
        assert getattr(nn, name) is getattr(crossent, name)
        assert getattr(nn.modules, name) is getattr(crossent, name)
    for name in FUNCTIONS:
        assert getattr(F, name) is getattr(crossent.functional, name)
    assert nn.CrossEntropyLoss(weight=[1, 4, 1])(LOGITS, TARGET.to(torch.uint8)).shape == ()


def test_patch_reaches_names_imported_before(user_module: types.ModuleType) -> None:
    names = crossent.patch()
    assert user_module.CrossEntropyLoss is crossent.CrossEntropyLoss
    assert user_module.ce is crossent.functional.cross_entropy
    assert {"a_users_module.CrossEntropyLoss", "a_users_module.ce"} <= set(names)
    assert "a_users_module.ce" in str(names)
    crossent.unpatch()
    assert user_module.CrossEntropyLoss is nn.CrossEntropyLoss
    assert user_module.ce is F.cross_entropy


def test_patch_reaches_criteria_that_exist_and_subclasses() -> None:
    class Focal(nn.CrossEntropyLoss):
        def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
            return super().forward(input, target) * 2

    criterion, focal = nn.CrossEntropyLoss(), Focal()
    crossent.patch()
    labels = TARGET.to(torch.int16)  # torch refuses int16, so only crossent can have computed this
    assert focal(LOGITS, labels) == 2 * criterion(LOGITS, labels)


def test_patching_twice_is_patching_once(user_module: types.ModuleType) -> None:
    assert crossent.patch()
    assert crossent.patch() == []
    user_module.late = nn.CrossEntropyLoss
    crossent.unpatch()
    assert nn.CrossEntropyLoss is not crossent.CrossEntropyLoss


def test_patched_ends_with_the_block_and_keeps_an_outer_patch() -> None:
    with crossent.patched() as names:
        assert nn.NLLLoss is crossent.NLLLoss
        assert "torch.nn.NLLLoss" in names
    assert nn.NLLLoss is not crossent.NLLLoss
    crossent.patch()
    with pytest.raises(ZeroDivisionError), crossent.patched():
        1 / 0  # noqa: B018
    assert nn.NLLLoss is crossent.NLLLoss


def test_unpatch_leaves_what_was_assigned_since(user_module: types.ModuleType) -> None:
    crossent.patch()
    user_module.ce = print
    crossent.unpatch()
    assert user_module.ce is print


def test_small_losses_do_not_call_themselves_when_patched() -> None:
    expected = F.cross_entropy(LOGITS, TARGET)
    with crossent.patched():
        assert F.cross_entropy(LOGITS, TARGET) == expected
        assert nn.AdaptiveLogSoftmaxWithLoss(8, 3, [2])(torch.ones(3, 8), TARGET).loss.isfinite()
