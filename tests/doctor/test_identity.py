"""Being watched replaces nothing that code holds or compares: names keep their objects, tables their keys."""

from __future__ import annotations

import inspect
import operator
import pickle
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, ClassVar

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler
from torch.utils import data

import crossent
from crossent.doctor import observers
from crossent.doctor.engine import Engine
from crossent.doctor.patches import Patches
from crossent.doctor.report import Report

from .training import MISTAKE

SPACES: list[Any] = [
    torch,
    F,
    torch.autograd,
    torch.amp,
    torch.jit,
    torch.Tensor,
    torch._C.TensorBase,
    nn,
    nn.utils,
    nn.init,
    nn.Module,
    nn.Linear,
    nn.RNN,
    nn.LSTM,
    nn.GRU,
    nn.CrossEntropyLoss,
    nn.modules.loss._Loss,
    torch.optim.Optimizer,
    torch.optim.Adam,
    torch.amp.GradScaler,
    lr_scheduler,
    lr_scheduler.LRScheduler,
    lr_scheduler.ReduceLROnPlateau,
    lr_scheduler.SequentialLR,
    data.DataLoader,
    data.dataloader._BaseDataLoaderIter,
    crossent.functional,
    crossent.CrossEntropyLoss,
]


def attributes() -> dict[tuple[int, str], Any]:
    """Every attribute of every space, as code sees it."""
    found = {}
    for number, space in enumerate(SPACES):
        for name in dir(space):
            if name not in ("__dict__", "__doc__", "__warningregistry__"):
                found[number, name] = getattr(space, name, None)
    return found


def watched_names() -> set[tuple[Any, str]]:
    """The names that the observers ask to wrap."""
    asked = set()

    class Asking(Patches):
        def wrap(self, owner: Any, name: str, make: Any) -> None:
            asked.add((owner, name))

    patches = Asking()
    observers.install(Engine([], Report()), patches)
    patches.undo()
    return asked


def functions_compared_by_identity() -> Iterator[Any]:
    """As Lightning keeps them: made at import, asked by `is` and as keys."""
    for name in ("lt", "gt", "le", "ge", "argmax", "max", "topk", "round"):
        yield getattr(torch, name)
        yield getattr(torch.Tensor, name)
    yield from (F.cross_entropy, F.nll_loss, F.binary_cross_entropy, F.binary_cross_entropy_with_logits)
    yield from (torch.Tensor.item, torch.Tensor.__float__, torch.Tensor.__gt__, torch.Tensor.numpy, torch.save)
    yield from (torch.autograd.backward, torch.autograd.grad, torch.jit.script, nn.Module.__call__)
    yield from (nn.Module.state_dict, nn.Module.load_state_dict, torch.optim.Optimizer.add_param_group)
    yield from (torch.amp.GradScaler.step, data.DataLoader.__init__, lr_scheduler.ReduceLROnPlateau.step)


TABLE = {function: number for number, function in enumerate(functions_compared_by_identity())}


def test_every_attribute_is_the_same_object_while_watched() -> None:
    before = attributes()
    # Bound methods and the like are made anew at every look.
    stable = {key for key, value in attributes().items() if value is before[key]}
    with crossent.doctor.watch(show=False):
        while_watched = attributes()
    after = attributes()
    assert before.keys() == while_watched.keys() == after.keys()
    for now in (while_watched, after):
        assert [key for key in stable if now[key] is not before[key]] == []
    for owner, name in watched_names():
        assert any(owner is space or issubclass_of(owner, space) for space in SPACES), (owner, name)


def issubclass_of(owner: Any, space: Any) -> bool:
    return isinstance(owner, type) and isinstance(space, type) and issubclass(owner, space)


def test_a_table_of_functions_made_before_answers_while_watched() -> None:
    with crossent.doctor.watch(show=False):
        assert [TABLE.get(function) for function in functions_compared_by_identity()] == list(TABLE.values())
        made_now = set(functions_compared_by_identity())
    assert made_now == set(TABLE)


@pytest.mark.parametrize("chosen", ["held before", "chosen while watched"])
def test_an_early_stopping_that_compares_its_function_stops_where_it_should(chosen: str) -> None:
    table = {"min": torch.lt, "max": torch.gt}
    with crossent.doctor.watch(show=False):
        monitor = table["min"] if chosen == "held before" else torch.lt
        sign = 1 if monitor is torch.gt else -1
        best = torch.tensor(torch.inf if monitor is torch.lt else -torch.inf)
        for loss in (3.0, 2.0, 4.0):
            if monitor(torch.tensor(loss) + sign, best):
                best = torch.tensor(loss)
    assert best.item() == 2.0


class Labelled(torch.Tensor):
    """A subclass that handles functions by a table."""

    seen: ClassVar[list[Any]] = []

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        cls.seen.append(func)
        return super().__torch_function__(func, types, args, kwargs or {})


def test_a_subclass_of_tensor_is_asked_with_torchs_own_functions() -> None:
    def use() -> list[Any]:
        Labelled.seen = []
        scores = torch.randn(4, 3, requires_grad=True).as_subclass(Labelled)
        loss = F.cross_entropy(scores, torch.zeros(4, dtype=torch.long))
        loss.item(), float(loss.detach()), scores.argmax(1), torch.max(scores, 1), scores.gt(0), torch.topk(scores, 2)
        loss.backward()
        return [func for func in Labelled.seen if "__get__" not in repr(func)]

    plain = use()
    with crossent.doctor.watch(show=False):
        watched = [func for func in use() if func in plain]
    assert {F.cross_entropy, torch.Tensor.item, torch.Tensor.argmax, torch.Tensor.backward} <= set(watched)
    assert set(watched) == set(plain)


def test_functions_look_as_before() -> None:
    def look() -> list[Any]:
        return [
            *(inspect.signature(f) for f in (F.cross_entropy, nn.Module.load_state_dict, data.DataLoader, torch.save)),
            *(inspect.getsource(f) for f in (F.cross_entropy, torch.autograd.backward)),
            *(pickle.loads(pickle.dumps(f)) for f in (F.cross_entropy, torch.max, torch.Tensor.item)),
            *(f.__name__ for f in (F.cross_entropy, torch.max, nn.Module.__call__)),
            *(isinstance(module, ModuleType) for module in (torch, F)),
            sys.modules["torch"] is torch,
            torch.max(torch.arange(3)).item(),
            operator.methodcaller("argmax")(torch.arange(3)).item(),
        ]

    before = look()
    with crossent.doctor.watch(show=False):
        assert look() == before
    assert look() == before


def test_what_somebody_else_replaces_meanwhile_stays_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    original = torch.argmax

    def theirs(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs)

    with crossent.doctor.watch(show=False):
        monkeypatch.setattr(torch, "argmax", theirs)
        assert torch.argmax is theirs
        assert torch.argmax(torch.arange(3)).item() == 2
    assert torch.argmax is theirs
    monkeypatch.undo()
    assert torch.argmax is original


def test_functions_that_were_put_away_before_are_watched() -> None:
    put_away = [F.cross_entropy]

    def train(criterion: Any = F.cross_entropy) -> None:
        model = nn.Sequential(nn.Linear(5, 3), nn.Softmax(dim=1))
        for loss_of in (criterion, put_away[0]):
            loss_of(model(torch.randn(8, 5)), torch.zeros(8, dtype=torch.long)).backward()

    with crossent.doctor.watch(show=False) as report:
        train()
    assert [finding.id for finding in report.findings] == [MISTAKE]


# At the top of a module that imports torch, Python calls functions of torch by other instructions than in a function.
CALLS = """
import torch
held, chosen = torch.argmax, [torch.max, torch.lt][0]
x = torch.arange(6.0).reshape(2, 3)
print(torch.argmax(x, 1))
def decide():
    return torch.max(x, 1), (lambda scores: torch.topk(scores, 1))(x)
decide()
assert torch.lt is LT and torch.max is chosen and (torch.lt, 1)[0] is LT and dict(f=torch.argmax)["f"] is held
sorted([3, 1], key=lambda n: n if torch.lt is LT else -n)
torch.gt(torch.lt(x, torch.round(x)), x)
"""


def test_functions_are_seen_where_they_are_called_and_only_there() -> None:
    called = []

    def seeing(original: Any) -> Any:
        def see(*args: Any, **kwargs: Any) -> Any:
            called.append(original.__name__)
            return original(*args, **kwargs)

        return see

    lt, patches = torch.lt, Patches()
    for name in ("argmax", "max", "topk", "round", "gt", "lt"):
        patches.wrap(torch, name, seeing)
    try:
        exec(compile(CALLS, "calls.py", "exec"), {"LT": lt})
    finally:
        patches.undo()
    assert called == ["argmax", "max", "topk", "round", "lt", "gt"]
