"""The inputs that a model's predictions depend on: columns of a table, n-grams of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..data.dataset import Dataset
from ..data.schema import Schema
from ..data.tokens import open_ngrams
from ..models.widedeep import WideDeep
from ..tasks.base import Target, Task
from .passes import device_of, eval_mode, to_device

# Rows that are looked at, and columns at most: each costs one pass over the rows.
_ROWS, _COLUMNS = 1000, 100
# N-grams per class, of those that at least so many training texts hold.
_SHOWN, _SHARED = 8, 5


@dataclass(frozen=True)
class Importance:
    """A column, and by how much the mean log loss rises, in nats, where its values are exchanged between rows."""

    name: str
    rise: float


@dataclass(frozen=True)
class Evidence:
    """The words and pairs of words that speak most for a class, and against it."""

    name: str
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]


def importances(task: Task, model: nn.Module, schema: Schema, data: Dataset) -> list[Importance]:
    """The permutation importance of each column of a table, the largest first; of texts beside columns as one.

    Empty for other inputs, for tables of over a hundred columns, and without labels.
    """
    places = dict(_places(schema)) if schema.kind in ("tabular", "mixed") else {}
    if not 0 < len(places) <= _COLUMNS or not isinstance(data.targets, Tensor) or task.target is Target.MASK:
        return []
    rows = torch.arange(0, len(data), max(1, -(-len(data) // _ROWS)))
    inputs, targets = data.read(rows)
    assert targets is not None, "asked only of data with labels"
    weights = torch.ones(len(rows)) if data.weights is None else data.weights[rows.to(data.weights.device)].cpu()
    parts = list(inputs) if isinstance(inputs, tuple) else [inputs]
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))

    def loss(parts: list[Tensor]) -> float:
        given = to_device(parts[0] if len(parts) == 1 else tuple(parts), device_of(model))
        losses = task.surprise(task.logits(model, given).cpu(), targets.cpu())
        return float((losses * weights).nansum() / weights[~losses.isnan()].sum())

    with eval_mode(model), torch.no_grad():
        before = loss(parts)
        found = [Importance(name, loss(_exchanged(parts, where, order)) - before) for name, where in places.items()]
    return sorted(found, key=lambda item: -item.rise)


def _places(schema: Schema) -> Iterator[tuple[str, list[tuple[int, int | None]]]]:
    """Each column, and where it stands: in which tensor, and in which place of it; None for all of it."""
    found: dict[str, list[tuple[int, int | None]]] = {}
    for place, column in enumerate(schema.numbers):
        found.setdefault(column.name, []).append((0, place))
    later = int(bool(schema.numbers))
    for place, column in enumerate(schema.categories):
        found.setdefault(column.name, []).append((later, place))
    if schema.text:
        found[", ".join(schema.text)] = [(-1, None)]
    yield from found.items()


def _exchanged(parts: list[Tensor], where: list[tuple[int, int | None]], order: Tensor) -> list[Tensor]:
    made = list(parts)
    for part, place in where:
        values = made[part].clone()
        rows = order.to(values.device)
        if place is None:
            values = values[rows]
        else:
            values[:, place] = values[rows, place]
        made[part] = values
    return made


def evidence(task: Task, model: nn.Module, schema: Schema) -> list[Evidence]:
    """The words and pairs that speak for and against each class; empty for all models but a `WideDeep` of n-grams."""
    if not isinstance(model, WideDeep) or schema.tokenizer != "ngrams":
        return []
    ngrams = open_ngrams(schema.tokenizer_json or "")
    words = ngrams.first_piece
    shared = torch.from_numpy(ngrams.documents[: words - 2]) >= min(_SHARED, max(1, ngrams.texts // 20))
    tokens = torch.nonzero(shared).flatten() + 2
    weights = (model.wide.weight * model.importance[:, None]).detach().cpu()[tokens]
    if not task.yes_no:
        # What raises all logits alike says nothing.
        weights = weights - weights.mean(1, keepdim=True)
    names = task.classes if len(task.classes) == weights.shape[1] else task.classes[-1:]
    return [_evidence(name, own, tokens, ngrams.name) for name, own in zip(names, weights.T, strict=True)]


def _evidence(name: str, weights: Tensor, tokens: Tensor, word: Callable[[int], str]) -> Evidence:
    order = weights.argsort(descending=True)
    first, last = order[:_SHOWN], order.flip(0)[:_SHOWN]
    return Evidence(
        name,
        tuple(word(int(tokens[place])) for place in first if weights[place] > 0),
        tuple(word(int(tokens[place])) for place in last if weights[place] < 0),
    )
