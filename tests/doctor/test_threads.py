"""Threads that train at once are observed one by one: no check looks at what another thread is writing."""

from __future__ import annotations

import ast
import threading
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import crossent
from crossent.doctor import source

from .training import MISTAKE


class Told(nn.Parameter):
    """A parameter that writes down which threads have asked for its gradient."""

    readers: set[int]

    @property
    def grad(self) -> Tensor | None:  # type: ignore[override]
        self.readers.add(threading.get_ident())
        found: Tensor | None = Tensor.grad.__get__(self)  # type: ignore[attr-defined]
        return found

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        Tensor.grad.__set__(self, value)  # type: ignore[attr-defined]

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        with torch._C.DisableTorchFunctionSubclass():
            return func(*args, **kwargs or {})


def classifier(*more: nn.Module) -> tuple[nn.Module, torch.optim.Optimizer]:
    """A model whose weight is told of its readers, and its optimizer."""
    layer = nn.Linear(5, 3)
    layer.weight = Told(layer.weight.detach().clone())
    layer.weight.readers = set()
    model = nn.Sequential(layer, *more)
    return model, torch.optim.SGD(model.parameters(), lr=0.1)


def train(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int = 4) -> None:
    x = torch.randn(16, 5)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(x), x[:, :3].argmax(1)).backward()
        optimizer.step()


def test_gradients_are_read_by_the_thread_that_trains_and_by_no_other() -> None:
    # A backward pass writes gradients without the interpreter's lock: a reader in between crashed one run in ten.
    parts = [classifier(), classifier(nn.Softmax(dim=1))]
    readers = []
    turns = threading.Barrier(2, timeout=60)

    def run(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        for _ in range(6):
            turns.wait()
            train(model, optimizer, 1)
        readers.append((model[0].weight.readers, threading.get_ident()))

    with crossent.doctor.watch(show=False) as report:
        threads = [threading.Thread(target=run, args=part) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [found == {thread} for found, thread in readers] == [True, True]
    assert [finding.id for finding in report.findings] == [MISTAKE], [finding.message for finding in report.findings]
    assert report.steps == 12


def test_what_one_thread_has_built_another_may_train() -> None:
    model, optimizer = classifier(nn.Linear(3, 3))
    with crossent.doctor.watch(show=False) as report:
        optimizer = torch.optim.SGD(model[0].parameters(), lr=0.1)
        for _ in range(2):
            thread = threading.Thread(target=train, args=(model, optimizer))
            thread.start()
            thread.join()
    assert [finding.id for finding in report.findings if not finding.preview] == ["parameters-not-in-optimizer"]
    assert report.steps == 8


def test_a_text_is_read_although_the_parser_stumbles_over_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    # Python 3.11: a collection in the middle of one thread's tree lets another begin its own (cpython#106905).
    stumbles = iter([SystemError("AST constructor recursion depth mismatch (before=60, after=55)")] * 3)
    parse = ast.parse

    def stumbling(text: str) -> ast.Module:
        for stumble in stumbles:
            raise stumble
        return parse(text)

    monkeypatch.setattr(ast, "parse", stumbling)
    tree = source.function_tree(classifier)
    assert next(stumbles, None) is None
    assert tree is not None
    assert isinstance(tree.body[0], ast.FunctionDef)
    assert tree.body[0].name == "classifier"
