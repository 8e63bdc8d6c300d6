"""The modules: settings, buffers, checkpoints, repr; and that they are torch's classes to who asks."""

from __future__ import annotations

import copy
import inspect
import io
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import crossent

NAMES = ["CrossEntropyLoss", "NLLLoss", "BCEWithLogitsLoss", "BCELoss"]
X = torch.linspace(0.1, 0.9, 12).reshape(4, 3)
INDEX = torch.tensor([0, 2, 1, 2])
BINARY = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def target_of(name: str) -> torch.Tensor:
    return BINARY if name.startswith("BCE") else INDEX


@pytest.mark.parametrize("name", [*NAMES, "LogSoftmax", "LinearCrossEntropyLoss"])
def test_torchs_arguments_come_first_in_torchs_order_with_torchs_defaults(name: str) -> None:
    if not hasattr(nn, name):
        pytest.skip(f"this torch has no {name}")
    theirs = list(inspect.signature(getattr(nn, name)).parameters.values())
    ours = list(inspect.signature(getattr(crossent, name)).parameters.values())
    assert [(p.name, p.default, p.kind) for p in ours[: len(theirs)]] == [(p.name, p.default, p.kind) for p in theirs]
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in ours[len(theirs) :])


@pytest.mark.parametrize("name", [n for n in crossent.functional.__all__ if hasattr(nn.functional, n)])
def test_torchs_function_arguments_come_first(name: str) -> None:
    theirs = list(inspect.signature(getattr(nn.functional, name)).parameters.values())
    ours = list(inspect.signature(getattr(crossent.functional, name)).parameters.values())
    assert [(p.name, p.default, p.kind) for p in ours[: len(theirs)]] == [(p.name, p.default, p.kind) for p in theirs]
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in ours[len(theirs) :])


@pytest.mark.parametrize("name", NAMES)
def test_they_are_instances_of_torchs_classes(name: str) -> None:
    assert isinstance(getattr(crossent, name)(), getattr(nn, name))


@pytest.mark.parametrize(
    "weight",
    [
        [1, 4, 2],
        (1.0, 4.0, 2.0),
        np.array([1.0, 4.0, 2.0]),
        np.array([1, 4, 2], dtype=np.int32),
        torch.tensor([1, 4, 2]),
    ],
    ids=["list", "tuple", "float64 array", "int32 array", "int tensor"],
)
@pytest.mark.parametrize("name", NAMES)
def test_weights_as_users_have_them(name: str, weight: Any) -> None:
    target = target_of(name)
    expected = getattr(nn, name)(weight=torch.tensor([1.0, 4.0, 2.0]))(X, target)
    torch.testing.assert_close(getattr(crossent, name)(weight=weight)(X, target), expected)


@pytest.mark.parametrize("name", NAMES)
def test_weights_stay_out_of_the_checkpoint_and_follow_the_module(name: str) -> None:
    criterion = getattr(crossent, name)(weight=[1.0, 4.0, 2.0])
    assert not criterion.state_dict()
    assert criterion.double().weight.dtype == torch.float64
    assert criterion.to("meta").weight.is_meta


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_of_torchs_criterion_still_loads(name: str) -> None:
    model = nn.ModuleDict(
        {"head": nn.Linear(2, 3), "criterion": getattr(nn, name)(weight=torch.tensor([1.0, 4.0, 2.0]))}
    )
    ours = nn.ModuleDict({"head": nn.Linear(2, 3), "criterion": getattr(crossent, name)(weight=[1.0, 1.0, 1.0])})
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    ours.load_state_dict(torch.load(file, weights_only=True))
    assert ours["criterion"].weight.tolist() == [1.0, 4.0, 2.0]
    assert torch.equal(ours["head"].weight, model["head"].weight)


def test_a_checkpoint_of_other_weights_is_refused() -> None:
    theirs = nn.CrossEntropyLoss(weight=torch.ones(3)).state_dict()
    with pytest.raises(RuntimeError, match="Unexpected key"):
        crossent.CrossEntropyLoss().load_state_dict(theirs)
    with pytest.raises(RuntimeError, match=r"the checkpoint has \(3,\), this criterion \(2,\)"):
        crossent.CrossEntropyLoss(weight=[1.0, 1.0]).load_state_dict(theirs)


def test_the_linear_loss_exchanges_checkpoints_with_torch() -> None:
    if not hasattr(nn, "LinearCrossEntropyLoss"):
        pytest.skip("this torch has no LinearCrossEntropyLoss")
    theirs = nn.LinearCrossEntropyLoss(3, 5, out_features=(2,), bias=True)
    ours = crossent.LinearCrossEntropyLoss(3, 5, out_features=(2,), bias=True)
    ours.load_state_dict(theirs.state_dict())
    target = torch.tensor([[0, 1], [4, 2], [3, 3], [1, 0]])
    torch.testing.assert_close(ours(X, target), theirs(X, target))
    theirs.load_state_dict(ours.state_dict())
    assert isinstance(ours, nn.LinearCrossEntropyLoss)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("options", [{}, {"pos_weight": [1, 2, 3, 4, 5], "label_smoothing": 0.1, "reduction": "sum"}])
def test_the_linear_binary_loss_is_that_of_the_layers_scores(bias: bool, options: dict[str, Any]) -> None:
    """Loss and gradients of a linear layer and its binary loss; lists of labels are the dense targets."""
    whole = crossent.LinearBinaryCrossEntropyLoss(3, 5, bias=bias, **options)
    lists = crossent.LinearBinaryCrossEntropyLoss(3, 5, bias=bias, target_format="indices", **options)
    lists.load_state_dict(whole.state_dict())
    target = torch.zeros(4, 5)
    target[[0, 0, 2], [1, 3, 4]] = 1.0
    expected = crossent.BCEWithLogitsLoss(**options)(whole.linear(X), target)
    torch.testing.assert_close(whole(X, target), expected)
    torch.testing.assert_close(lists(X, torch.tensor([[1, 3], [-1, -1], [4, -1], [-1, -1]])), expected)
    parameters = list(whole.parameters())
    for found, true in zip(
        torch.autograd.grad(whole(X, target), parameters), torch.autograd.grad(expected, parameters), strict=True
    ):
        torch.testing.assert_close(found, true)
    assert list(whole.state_dict()) == ["linear.weight", "linear.bias"][: 1 + bias]


def test_the_linear_binary_loss_checks_its_options_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="target_format must be 'dense' or 'indices', got 'lists'"):
        crossent.LinearBinaryCrossEntropyLoss(3, 5, target_format="lists")
    with pytest.raises(ValueError, match="lists of label ids have none"):
        crossent.LinearBinaryCrossEntropyLoss(3, 5, target_format="indices", ignore_index=-1)
    with pytest.raises(TypeError, match=r"options must be crossent\.LinearOptions"):
        crossent.LinearBinaryCrossEntropyLoss(3, 5, options=64)


@pytest.mark.parametrize(
    ("criterion", "text"),
    [
        (crossent.CrossEntropyLoss(), "CrossEntropyLoss()"),
        (
            crossent.CrossEntropyLoss([1, 4.5], label_smoothing=0.1),
            "CrossEntropyLoss(weight=[1, 4.5], label_smoothing=0.1)",
        ),
        (crossent.CrossEntropyLoss(torch.ones(9)), "CrossEntropyLoss(weight=<9, 1 to 1>)"),
        (
            crossent.NLLLoss(ignore_index=255, dim=-1, reduction="sum"),
            "NLLLoss(ignore_index=255, reduction='sum', dim=-1)",
        ),
        (crossent.BCEWithLogitsLoss(pos_weight=[3]), "BCEWithLogitsLoss(pos_weight=[3])"),
        (crossent.BCEWithLogitsLoss(ignore_index=-1), "BCEWithLogitsLoss(ignore_index=-1)"),
        (crossent.BCELoss(on_empty="zero"), "BCELoss(on_empty='zero')"),
        (crossent.LogSoftmax(dim=1), "LogSoftmax(dim=1)"),
    ],
)
def test_repr_shows_what_is_not_the_default(criterion: nn.Module, text: str) -> None:
    assert repr(criterion) == text


def test_repr_of_the_linear_loss() -> None:
    text = repr(crossent.LinearCrossEntropyLoss(3, 5, bias=True, label_smoothing=0.1))
    assert "in_features=3, num_classes=5, bias=True, label_smoothing=0.1" in text
    text = repr(crossent.LinearBinaryCrossEntropyLoss(3, 5, target_format="indices"))
    assert "in_features=3, num_classes=5, target_format='indices'" in text


@pytest.mark.parametrize("flags", [(True, None), (False, None), (None, False), (False, True), (True, False)])
def test_legacy_flags_as_torch_maps_them(flags: tuple[bool | None, bool | None]) -> None:
    size_average, reduce = flags
    with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
        ours = crossent.CrossEntropyLoss(size_average=size_average, reduce=reduce)
    with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
        theirs = nn.CrossEntropyLoss(size_average=size_average, reduce=reduce)
    assert ours.reduction == theirs.reduction
    with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated") as warned:
        loss = crossent.functional.cross_entropy(X, INDEX, None, size_average, -100, reduce)
    assert warned[0].filename == __file__
    torch.testing.assert_close(loss, theirs(X, INDEX))


@pytest.mark.parametrize("name", NAMES)
def test_they_can_be_copied_and_pickled(name: str) -> None:
    criterion = getattr(crossent, name)(weight=[1.0, 4.0, 2.0], reduction="sum")
    file = io.BytesIO()
    torch.save(criterion, file)
    file.seek(0)
    for other in (copy.deepcopy(criterion), torch.load(file, weights_only=False)):
        assert repr(other) == repr(criterion)
        assert torch.equal(other(X, target_of(name)), criterion(X, target_of(name)))


def test_log_softmax_guesses_the_axis_as_torch_does_and_says_so() -> None:
    with pytest.warns(UserWarning, match="Implicit dimension choice") as ours:
        values = crossent.LogSoftmax()(X)
    assert torch.equal(values, X.log_softmax(1))
    assert ours[0].filename == __file__


@pytest.mark.parametrize("name", [*NAMES, "LinearCrossEntropyLoss", "LinearBinaryCrossEntropyLoss"])
def test_sample_weights_come_with_the_call(name: str) -> None:
    """A weight of 0 leaves its row out, in ours and in torch's class while it is patched."""
    weight, there = torch.tensor([1.0, 0.0, 1.0, 1.0]), torch.tensor([0, 2, 3])
    target = BINARY if "B" in name else INDEX
    made = [getattr(crossent, name)(*((3, 3) if name.startswith("Linear") else ()))]
    with crossent.patched():
        made += [getattr(nn, name)()] if name in NAMES else []
        for criterion in made:
            loss = criterion(X, target, sample_weight=weight)
            torch.testing.assert_close(loss, criterion(X[there], target[there]))


def test_a_temperature_that_is_a_parameter_learns_and_stays_its_owners() -> None:
    temperature = nn.Parameter(torch.tensor(1.5))
    criterion = crossent.CrossEntropyLoss(temperature=temperature)
    criterion(X, INDEX).backward()
    assert temperature.grad != 0
    assert not list(criterion.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_reaches_the_function(name: str) -> None:
    settings = {
        "weight": [1.0, 4.0, 2.0],
        "normalizer": 7.0,
        "on_empty": "zero",
        **({"ignore_index": 1, "dim": 1} if name in ("CrossEntropyLoss", "NLLLoss") else {}),
        **({"label_smoothing": 0.1} if name != "NLLLoss" else {}),
        **(
            {"smoothing_weight": "target", "z_loss": 0.01, "softcap": 5.0, "temperature": 0.7}
            if name == "CrossEntropyLoss"
            else {}
        ),
        **({"pos_weight": [2.0, 1.0, 3.0]} if name == "BCEWithLogitsLoss" else {}),
        **({"ignore_index": 0, "dim": 1} if name.startswith("BCE") else {}),
    }
    function = {
        "CrossEntropyLoss": crossent.functional.cross_entropy,
        "NLLLoss": crossent.functional.nll_loss,
        "BCEWithLogitsLoss": crossent.functional.binary_cross_entropy_with_logits,
        "BCELoss": crossent.functional.binary_cross_entropy,
    }[name]
    target = target_of(name)
    loss = getattr(crossent, name)(**settings)(X, target)
    assert torch.equal(loss, function(X, target, **settings))
    for setting in settings:
        rest = {k: v for k, v in settings.items() if k != setting}
        # `on_empty` shows only where nothing counts, `dim` only where the default axis differs.
        if setting not in ("on_empty", "dim"):
            assert not torch.equal(loss, function(X, target, **rest)), setting
