"""Rows that are trained on and evaluated on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from .. import source
from ..events import ModelEvaluated, ModuleCalled
from ..finding import Finding, Text
from ..history import Loader
from ..sites import Site
from ..traces import Call, Model
from .base import Check, on

# What code calls data that a model is not trained on; and what it calls the others.
_HELD_OUT = re.compile(r"val|test|eval|dev|hold", re.IGNORECASE)
_TRAINED = re.compile(r"train", re.IGNORECASE)
# Rows that are remembered, numbers of a row that are compared, and rows that must be found again.
_MOST, _NUMBERS, _ENOUGH = 50_000, 16, 16
# Odd numbers, by which the numbers of a row are multiplied to one that stands for all.
_FACTORS = torch.arange(1, 4 * _NUMBERS, 2) * 0x9E3779B97F4A7 | 1
# Inputs of each kind that are looked at.
_LOOKS = 16
# Passes over the loaders of a line that are judged.
_PASSES = 8

_COPIES = Text(
    "{share:.0%} of the rows that {model} is evaluated on are rows that it was trained on: copies of a row lie on both "
    "sides of the split, and the accuracy is partly that of learning by heart.",
    "{model} 的评估数据中有 {share:.0%} 的行曾用于训练：同一行的副本分在了划分的两边，得到的准确率部分来自死记硬背。",
)
_COPIES_EVIDENCE = Text(
    "values: {found} of {rows} evaluated rows were, number for number, rows of training batches seen before",
    "依据数值：评估的 {rows} 行中有 {found} 行与此前训练批次中的行逐个数字相同",
)
_COPIES_FIX = Text(
    "split first, then oversample or augment the training part; split groups of copies as a whole",
    "先划分，再对训练部分做过采样或增强；同源的副本应整组划分到同一边",
)


@dataclass
class _Evaluated:
    """One line of evaluation of a model, from one loader."""

    loader: Loader
    trained: Loader
    site: Site
    share: float
    whole: bool


@dataclass
class _Copies:
    rows: int = 0
    found: set[int] = field(default_factory=set)
    count: int = 0

    def partial(self, trained: int) -> bool:
        """Tell whether some of the rows are found: neither all, as for a training accuracy, nor the whole training."""
        some = self.count >= _ENOUGH and 0.02 < self.count / self.rows < 0.98
        return some and len(self.found) < 0.98 * trained


class SameRowsInEvaluation(Check):
    """Rows that the model is trained on are used to evaluate it.

    中文：评估用的数据与训练数据有重叠：同一个数据集，或索引、样本重复。

    Why: on its own training rows a model is as good as its memory. Early stopping then never stops, and the best epoch
    is the most overfitted one.

    Wrong::

        data = TensorDataset(x, y)
        train_part, val_part = torch.utils.data.random_split(data, [240, 80])
        for epoch in range(2):
            model.train()
            for xb, yb in DataLoader(train_part.dataset, 32, shuffle=True):
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for xb, yb in DataLoader(val_part, 32):
                    print((model(xb).argmax(1) == yb).sum())  # doctor: note[same-rows-in-evaluation]

    Right::

        data = TensorDataset(x, y)
        train_part, val_part = torch.utils.data.random_split(data, [240, 80])
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

    Known limits: a proof where both loaders read the same dataset object or memory: all indices are compared. Copies
    are found by the values of rows, where these are numbers that cannot agree by chance. The training accuracy is no
    mistake: a model that is evaluated on other rows, too, or by a line that says "train", is not reported.
    """

    id = "same-rows-in-evaluation"
    severity = "warning"
    subject = "evaluation"
    preview = True
    message = Text(
        "{share:.0%} of the rows that {model} is evaluated on are rows that it is trained on: the result says how well "
        "they were learnt by heart.",
        "{model} 的评估数据中有 {share:.0%} 的行也用于训练：结果只说明这些样本被记住了多少。",
    )
    evidence = Text(
        "proof: the loader of {evaluated} and that of the training ({trained}) read the same dataset, {share:.0%} of "
        "the rows of the first are rows of the second, and no other rows are evaluated",
        "证据：{evaluated} 的加载器与训练用的加载器（{trained}）读取同一数据集，前者有 {share:.0%} 的行属于后者，"
        "且没有评估其他数据",
    )
    fix = Text(
        "evaluate on rows that were held out: give the loader the other part of random_split, or the test set",
        "在留出的数据上评估：把 random_split 的另一部分或测试集交给加载器",
    )

    def prepare(self) -> None:
        self.evaluated: dict[Model, dict[tuple[Site, Site], _Evaluated]] = {}
        self.judged: dict[tuple[Model, Site], list[Loader]] = {}
        # Models that were evaluated on other rows.
        self.clean: set[Model] = set()
        # How many inputs of each kind were looked at; models whose rows cannot agree by chance.
        self.looks: dict[tuple[Model, bool], int] = {}
        self.telling: dict[Model, bool] = {}
        # Model → hashes of the rows it was trained on; the rows of calls that may be evaluations.
        self.seen: dict[Model, set[int]] = {}
        self.open: dict[int, list[int]] = {}
        self.copies: dict[tuple[Model, Site, Any], _Copies] = {}

    @on(ModuleCalled)
    def called(self, event: ModuleCalled) -> None:
        call = event.call
        trains = call.training and call.grad
        looks = self.looks.get((call.model, trains), 0)
        given = call.input() if call.input is not None and looks < _LOOKS else None
        if given is None or not call.model.trained or not _on_cpu(given):
            return
        self.looks[call.model, trains] = looks + 1
        if not looks:
            self.telling[call.model] = _telling(given)
        if not self.telling.get(call.model, False):
            return
        rows = _hashes(given)
        if trains:
            seen = self.seen.setdefault(call.model, set())
            if len(seen) < _MOST:
                seen.update(rows)
        elif rows:
            self.open[call.number] = rows

    @on(ModelEvaluated)
    def evaluate(self, event: ModelEvaluated) -> None:
        call = event.call
        self._look_for_copies(call)
        loader, trained = call.batch_of, self.history.calls.trained_on.get(call.model)
        if loader is None or trained is None or loader.of is None or trained.of is None:
            return
        judged = self.judged.setdefault((call.model, loader.site), [])
        # A pass over a loader is judged once.
        if len(judged) == _PASSES or any(loader is one for one in judged) or _same(loader, trained):
            return
        judged.append(loader)
        share, back = loader.of.share_in(trained.of), trained.of.share_in(loader.of)
        if not share or back is None:
            self.clean.add(call.model)
        else:
            lines = self.evaluated.setdefault(call.model, {})
            lines.setdefault(
                (loader.site, call.site), _Evaluated(loader, trained, call.site, share, 1.0 in (share, back))
            )

    def _look_for_copies(self, call: Call) -> None:
        rows = self.open.pop(call.number, [])
        seen = self.seen.get(call.model)
        # A model that acts (in a game, say) is looked at in training mode, on what it is trained on next.
        if rows and seen and not call.training:
            # One line may evaluate several data: each pass over a loader, or each call without one, is judged alone.
            data = call.number if call.batch_of is None else call.batch_of
            copies = self.copies.setdefault((call.model, call.site, data), _Copies())
            copies.rows += len(rows)
            copies.count += sum(row in seen for row in rows)
            copies.found.update(row for row in rows if row in seen)

    def finish(self) -> list[Finding]:
        found = []
        for model, lines in self.evaluated.items():
            for one in lines.values():
                if one.whole and (model in self.clean or _of_training(one)):
                    continue
                values: dict[str, Any] = {"evaluated": str(one.loader.site), "trained": str(one.trained.site)}
                found.append(self.found(one.site, model=model.name, share=one.share, **values))
        places = {finding.site for finding in found}
        for (model, site, _), copies in self.copies.items():
            if site not in places and copies.partial(len(self.seen[model])):
                places.add(site)
                found.append(self._copies(site, model, copies))
        return found

    def _copies(self, site: Site, model: Model, copies: _Copies) -> Finding:
        return self.found(
            site,
            message=_COPIES,
            evidence=_COPIES_EVIDENCE,
            fix=_COPIES_FIX,
            model=model.name,
            share=copies.count / copies.rows,
            rows=copies.rows,
            found=copies.count,
        )


def _same(loader: Loader, other: Loader) -> bool:
    """Tell whether two passes are over one loader; of loaders that are gone, their line tells."""
    one, another = (given.of.loader() if given.of is not None else None for given in (loader, other))
    return one is another if one is not None and another is not None else loader.site == other.site


def _of_training(one: _Evaluated) -> bool:
    """Tell whether code calls what it evaluates training data."""
    words: list[str] = [one.site.function, one.loader.site.function]
    for site in (one.site, one.loader.site):
        line = source.statement(site)
        words += source.words_in(line) if line is not None else []
    text = " ".join(words)
    return bool(_TRAINED.search(text)) and not _HELD_OUT.search(text)


def _on_cpu(given: Tensor) -> bool:
    return given.device.type == "cpu" and given.is_floating_point() and given.ndim > 1 and given.numel() > 0


def _some(given: Tensor) -> Tensor:
    """Some numbers of each row."""
    flat = given.detach().reshape(len(given), -1)
    return flat[:, :: flat.shape[1] // _NUMBERS + 1].to(torch.float32).contiguous()


def _telling(given: Tensor) -> bool:
    """Tell whether rows are numbers that cannot agree by chance."""
    few = _some(given)
    return few.shape[1] > 2 and few.unique().numel() >= 0.5 * few.numel()


def _hashes(given: Tensor) -> list[int]:
    """A number for every row, made of all bits of some of its numbers."""
    bits = _some(given).view(torch.int32).long()
    numbers: list[int] = ((bits + 1) * _FACTORS[: bits.shape[1]]).sum(1).tolist()
    return numbers
