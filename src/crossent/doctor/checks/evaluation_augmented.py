"""Random transforms that evaluation rows go through, too."""

from __future__ import annotations

import ast
from types import FunctionType, MethodType
from typing import Any

from .. import sites, source
from ..events import ModelEvaluated
from ..finding import Finding, Text
from ..sites import Site
from ..traces import Model
from .base import Check, on

# Functions whose name alone says that their result is random.
_RANDOM = {"rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "uniform", "normal"} | {
    *("random", "choice", "choices", "shuffle", "sample", "gauss", "bernoulli", "standard_normal", "integers"),
    "permutation",
}
# Transforms of torchvision and albumentations that are random and do not say so.
_CALLED_OTHERWISE = ("ColorJitter", "AutoAugment", "TrivialAugment", "RandAugment", "AugMix", "ElasticTransform")
_DEPTH = 4


class EvaluationAugmented(Check):
    """The rows of the evaluation go through the random transforms of the training.

    中文：验证集也经过训练用的随机增强：random_split 的两部分共用同一个数据集及其 transform。

    Why: `random_split` splits the indices. Both parts share the dataset, and its transform with it: crops, flips and
    noise make the validation accuracy lower than it is, and another number at every look.

    Wrong::

        class Noisy(torch.utils.data.Dataset):
            def __len__(self):
                return 320

            def __getitem__(self, i):
                return x[i] + 0.1 * torch.randn(6), y[i]


        train_part, val_part = torch.utils.data.random_split(Noisy(), [240, 80])
        for epoch in range(2):
            model.train()
            for xb, yb in DataLoader(train_part, 32, shuffle=True):
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for xb, yb in DataLoader(val_part, 32):
                    print((model(xb).argmax(1) == yb).sum())  # doctor: note[evaluation-augmented]

    Right::

        class Noisy(torch.utils.data.Dataset):
            def __init__(self, noise):
                self.noise = noise

            def __len__(self):
                return 320

            def __getitem__(self, i):
                return x[i] + self.noise * torch.randn(6) if self.noise else x[i], y[i]


        train_part, val_part = torch.utils.data.random_split(range(320), [240, 80])
        train_part.dataset, val_part.dataset = Noisy(0.1), Noisy(0)
        for epoch in range(2):
            model.train()
            for xb, yb in DataLoader(train_part, 32, shuffle=True):
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for xb, yb in DataLoader(val_part, 32):
                    print((model(xb).argmax(1) == yb).sum())

    Known limits: that both parts are of one dataset object is a proof; that it is random is read from the names of
    its transforms and from the text of `__getitem__` and of the script's own functions that it calls. A random call
    under an `if` counts only where the attributes of the dataset that the `if` asks for are on. A transform that is
    changed for the evaluation is not reported.
    """

    id = "evaluation-augmented"
    severity = "warning"
    subject = "evaluation"
    preview = True
    message = Text(
        "{model} is evaluated on rows that go through the random transforms of the training: both parts of the split "
        "share one dataset ({data}) and its {what}.",
        "{model} 的评估数据也经过训练用的随机变换：划分的两部分共用同一个数据集（{data}）及其 {what}。",
    )
    evidence = Text(
        "proof and code: the loaders of {trained} and {evaluated} read different rows of one and the same {data} "
        "object, which applies {what} to every row",
        "证据与代码：{trained} 与 {evaluated} 的加载器读取同一个 {data} 对象的不同行，它对每一行都应用 {what}",
    )
    fix = Text(
        "build the dataset twice, with and without the random transforms, and give both the same split of indices",
        "构建两个数据集，一个带随机变换、一个不带，并对二者使用同一份索引划分",
    )

    def prepare(self) -> None:
        # (model, line of the evaluation) → the random transform, None where there was none at some look.
        self.lines: dict[tuple[Model, Site], dict[str, Any] | None] = {}

    @on(ModelEvaluated)
    def evaluate(self, event: ModelEvaluated) -> None:
        call = event.call
        loader, trained = call.batch_of, self.history.calls.trained_on.get(call.model)
        if call.training or loader is None or trained is None or loader is trained or not (loader.of and trained.of):
            return
        base = loader.of.base()
        if base is None or base is not trained.of.base() or not (loader.of.chosen and trained.of.chosen):
            return
        key = (call.model, call.site)
        if self.lines.get(key, {}) is None:
            return
        what = _random_transform(base)
        said = {"what": what, "data": type(base).__name__, "trained": str(trained.site), "evaluated": str(loader.site)}
        self.lines[key] = said if what else None

    def finish(self) -> list[Finding]:
        return [self.found(site, model=model.name, **said) for (model, site), said in self.lines.items() if said]


def _random_transform(data: Any) -> str | None:
    """The name of something random that a dataset applies to every row."""
    for name, value in list(getattr(data, "__dict__", {}).items()):
        if "transform" in name or "aug" in name:
            found = _random_part(value, _DEPTH)
            if found is not None:
                return found
    return _random_call(getattr(type(data), "__getitem__", None), data, _DEPTH)


def _random_part(thing: Any, depth: int) -> str | None:
    if isinstance(thing, FunctionType | MethodType):
        return _random_call(getattr(thing, "__func__", thing), None, depth)
    name = type(thing).__name__
    if getattr(thing, "p", 1.0) == 0.0:
        return None
    if name.startswith("Random") and name not in ("RandomApply", "RandomOrder", "RandomChoice", "RandomState"):
        return name
    if name.startswith(_CALLED_OTHERWISE) or (type(thing).__module__.startswith("albumentations.augmentations")):
        return name if 0.0 < getattr(thing, "p", 0.5) < 1.0 else None
    if depth:
        for part in getattr(thing, "transforms", None) or getattr(thing, "__dict__", {}).values():
            parts = part if isinstance(part, list | tuple) else [part]
            for one in parts:
                if hasattr(one, "__dict__") and callable(one) and (found := _random_part(one, depth - 1)):
                    return found
    return None


def _random_call(function: Any, data: Any, depth: int) -> str | None:
    """The random function that the text of a function calls, under no condition that the dataset does not meet."""
    tree = source.function_tree(function)
    if tree is None:
        return None
    for node, conditions in _calls(tree, ()):
        if not all(_met(condition, data) for condition in conditions):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _RANDOM:
            return ast.unparse(node)
        called = _called(node.func, function, data)
        found = _random_call(called, data, depth - 1) if called is not None and depth else None
        if found is not None:
            return found
    return None


def _called(func: ast.expr, function: Any, data: Any) -> Any:
    """The function of the script that a call is of: a global one, or a method of the dataset."""
    if isinstance(func, ast.Name):
        found = source.seen_from(function).get(func.id)
    elif isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "self":
        found = getattr(type(data), func.attr, None)
    else:
        return None
    return found if isinstance(found, FunctionType) and sites.is_own(found.__code__.co_filename) else None


def _calls(node: ast.AST, conditions: tuple[ast.expr, ...]) -> Any:
    """The calls of some code, each with the conditions that it stands under."""
    if isinstance(node, ast.Call):
        yield node, conditions
    for child in ast.iter_child_nodes(node):
        inner = conditions
        if isinstance(node, ast.If | ast.IfExp) and child is not node.test:
            inner = (*conditions, node.test)
        yield from _calls(child, inner)


def _met(condition: ast.expr, data: Any) -> bool:
    """Tell whether a condition on attributes of a dataset holds; one on anything else is not known to."""
    if isinstance(condition, ast.Attribute) and isinstance(condition.value, ast.Name) and condition.value.id == "self":
        return bool(getattr(data, "__dict__", {}).get(condition.attr))
    return False
