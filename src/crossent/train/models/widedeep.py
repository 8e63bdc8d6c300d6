"""A linear model of n-grams, and beside it a small network of their embeddings: for texts of any language."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..data.dataset import Dataset
from ..tasks.base import Task

# The search for the linear part's start: how strongly weights are held, the steps with each, and up to how many texts
# and weights it is affordable.
_HELD, _STEPS = [4.0**power for power in range(1, -6, -1)], 15
_TEXTS, _SOLVED = 1 << 17, 1 << 24
# Beyond, the share of the naive-Bayes weights that training begins with.
_PRIOR = 0.1
_STABLE = 4.0
# Texts that are counted at once.
_AT_ONCE = 4096


class Rows(nn.Embedding):
    """An embedding that is trained by plain gradient descent, at a rate of its own.

    A step of Adam is as long for what one text in a thousand has as for what every text has. That of gradient descent
    is as long as its gradient, so that the rows stay small together: on the way to the solution of least norm, which
    support vector machines and logistic regression find. Besides, it costs no more than the rows of its batch.
    """

    rate = 10.0


class WideDeep(nn.Module):
    """z = b + Σ_j v_j w_j + head(relu(Σ_j v_j e_j)) over the n-grams j of a text.

    v is what TF-IDF gives, scaled to length 1 within each of two groups: words with their n-grams, and n-grams of
    characters. Without embeddings it is logistic regression on TF-IDF.

    Args:
        vocabulary: the number of tokens; 0 is padding.
        outputs: C of the logits (N, C).
        importance: (vocabulary,) inverse document frequency; by default all tokens but padding count alike.
        second: the first token of the second group; by default there is none.
        embedding: size of an embedding; 0, the default: none, the linear model alone.
        dropout: share of the n-grams, and of the hidden values, that is left out in training.

    Source: H.-T. Cheng et al., Wide & Deep Learning for Recommender Systems, 2016; S. Wang and C. Manning, Baselines
    and Bigrams, 2012, for the weights that it begins with, and Fast dropout training, 2013.
    """

    def __init__(
        self,
        vocabulary: int,
        outputs: int,
        importance: Sequence[float] | None = None,
        second: int | None = None,
        embedding: int = 0,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.second, self.dropout = second or vocabulary, dropout
        known = torch.ones(vocabulary) if importance is None else torch.as_tensor(importance, dtype=torch.float32)
        known[0] = 0.0
        # It stands in the schema, not among what is learnt.
        self.importance: Tensor
        self.register_buffer("importance", known, persistent=False)
        # h of the minimum that it begins at.
        self.held: float | None = None
        self.wide = Rows(vocabulary, outputs)
        nn.init.zeros_(self.wide.weight)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.deep = Rows(vocabulary, embedding) if embedding else None
        if self.deep is not None:
            nn.init.normal_(self.deep.weight, std=0.3)
            self.head = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(embedding, outputs))

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits, (N, C), of tokens in any order, (N, L)."""
        values = self.values(tokens)
        logits: Tensor = self.bias + self._sum(self.wide, tokens, values)
        return logits if self.deep is None else logits + self.head(self._sum(self.deep, tokens, values))

    def values(self, tokens: Tensor) -> Tensor:
        """v, (N, L), of tokens, (N, L)."""
        found = self.importance[tokens]
        later = tokens >= self.second
        squares = found.square()
        first, second = (torch.where(part, squares, 0).sum(1, keepdim=True) for part in (~later, later))
        values: Tensor = found * torch.where(later, second, first).clamp(min=1e-12).rsqrt()
        return nn.functional.dropout(values, self.dropout, self.training)

    def _sum(self, table: Rows, tokens: Tensor, values: Tensor) -> Tensor:
        return nn.functional.embedding_bag(
            tokens, table.weight, per_sample_weights=values, mode="sum", sparse=table.sparse
        )

    @torch.no_grad()
    def keep_steady(self, tokens: Tensor) -> None:
        """Lower the rate of the tables where texts, (N, L), are so alike that their common part would overshoot.

        Gradient descent on a softmax is stable below 4 / |mean of v|².
        """
        self.eval()
        mean = torch.zeros_like(self.importance).index_add_(0, tokens.flatten(), self.values(tokens).flatten())
        self.train()
        rate = min(Rows.rate, _STABLE / max(mean.div_(len(tokens)).square().sum().item(), 1e-6))
        for table in (self.wide, self.deep):
            if table is not None:
                table.rate = rate


def begin(
    model: WideDeep, task: Task, train: Dataset, val: Dataset, seconds: float = math.inf, like: WideDeep | None = None
) -> float | None:
    """Start the linear part at the minimum of the mean loss + h |u|² / 2N, with w_jc = (1 + |r_jc|) u_jc.

    r are the weights of naive Bayes: an n-gram that tells the classes apart by its frequency may weigh more. N are the
    training texts, of very many a part that is spread evenly over them. h falls from 4 by quarters, for as long as the
    loss of the validation texts, which is returned, falls too and the `seconds` last; `like`: to where it fell for a
    model that has not learnt from them. With very many weights the start is a tenth of r itself, and nothing is
    returned.
    """
    ends = time.monotonic() + seconds
    there, rest = ((part + 1) / (part + 1).sum(0) for part in token_counts(task, train, len(model.importance)))
    ratio = (there / rest).log()
    loss = None
    with torch.no_grad():
        if ratio.numel() > _SOLVED:
            model.wide.weight.copy_(_PRIOR * ratio)
        else:
            last = None if like is None else like.held
            weight, bias, loss = _solution(model, task, train, val, (1 + ratio.abs()).contiguous(), ends, last)
            model.wide.weight.copy_(weight)
            model.bias.copy_(bias)
        model.wide.weight[0] = 0.0
    return loss


def _solution(
    model: WideDeep, task: Task, train: Dataset, val: Dataset, scale: Tensor, ends: float, last: float | None
) -> tuple[Tensor, Tensor, float]:
    """The weights, (vocabulary, C), and the bias, (C,), of the minimum that is best for the validation texts, or of the
    `last` h, and its loss there."""
    learnt, others = (_Texts.of(model, task, part) for part in (train, val))
    solution, bias = torch.zeros_like(scale), torch.zeros(task.outputs)
    found, lowest = (solution, bias), math.inf
    for held in _HELD:
        solution, bias = _minimum(task, learnt, scale, held, solution, bias)
        loss = others.loss(task, others.logits(scale * solution, bias)).item()
        if last is None and not loss < lowest:
            break
        found, lowest, model.held = (scale * solution, bias), loss, held
        if held == last or (last is None and time.monotonic() > ends):
            break
    return *found, lowest


@dataclass
class _Texts:
    """N texts as a sparse matrix of v, (N, vocabulary), with their targets, their weights and the sum of these."""

    values: Any
    targets: Tensor
    weights: Tensor | None
    total: float

    @classmethod
    def of(cls, model: WideDeep, task: Task, data: Dataset) -> _Texts:
        """Those of a data set; of very many a part."""
        rows = torch.arange(0, len(data), max(-(-len(data) // _TEXTS), 1))
        targets, weights = data.targets, data.weights_of(rows)
        assert isinstance(targets, Tensor), "a class has no file"
        targets = targets[rows]
        total = float(task.valid_weight(targets) if weights is None else task.valid_weight(targets, weights))
        return cls(_matrix(model, data, rows), targets, weights, max(total, 1.0))

    def logits(self, weight: Tensor, bias: Tensor) -> Tensor:
        """(N, C)."""
        return torch.from_numpy(self.values @ weight.numpy()) + bias

    def loss(self, task: Task, logits: Tensor) -> Tensor:
        """The mean loss."""
        return task.step(task.shaped(logits), self.targets, self.weights).loss / self.total


@torch.enable_grad()
def _minimum(
    task: Task, texts: _Texts, scale: Tensor, held: float, solution: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor]:
    """u, (vocabulary, C), and the bias, (C,), of the minimum; looked for from those that are given."""
    across, strength = texts.values.T.tocsr(), held / texts.total
    solution, bias = (start.clone().requires_grad_() for start in (solution, bias))
    search = torch.optim.LBFGS([solution, bias], max_iter=_STEPS, history_size=5, line_search_fn="strong_wolfe")

    def objective() -> float:
        u = solution.detach()
        logits = texts.logits(scale * u, bias.detach()).requires_grad_()
        loss = texts.loss(task, logits)
        (slope,) = torch.autograd.grad(loss, logits)
        solution.grad, bias.grad = scale * torch.from_numpy(across @ slope.numpy()) + strength * u, slope.sum(0)
        return loss.item() + strength * u.square().sum().item() / 2

    search.step(objective)
    return solution.detach(), bias.detach()


@torch.no_grad()
def _matrix(model: WideDeep, train: Dataset, rows: Tensor) -> Any:
    """v of these texts, a sparse (N, vocabulary)."""
    from scipy.sparse import coo_matrix, vstack

    model.eval()
    parts = []
    for some in rows.split(_AT_ONCE):
        tokens = train.read(some)[0]
        assert isinstance(tokens, Tensor), "a text is one tensor"
        values = model.values(tokens)
        row, place = torch.nonzero(values, as_tuple=True)
        found = values[row, place].numpy(), (row.numpy(), tokens[row, place].numpy())
        parts.append(coo_matrix(found, shape=(len(tokens), len(model.importance))).tocsr())
    model.train()
    return vstack(parts, format="csr")


def token_counts(task: Task, train: Dataset, vocabulary: int) -> tuple[Tensor, Tensor]:
    """How often each token stands in training texts of each logit's class, and in the others, (vocabulary, C) each."""
    found = torch.zeros(2, task.outputs, vocabulary)
    for rows in torch.arange(len(train)).split(_AT_ONCE):
        tokens, targets = train.read(rows)
        assert isinstance(tokens, Tensor), "a text is one tensor"
        assert isinstance(targets, Tensor), "a class has no file"
        answers, counts = task.answers(targets), task.counts(targets)
        if not task.yes_no:
            answers = nn.functional.one_hot(torch.where(counts, answers, 0), task.outputs)
            counts = counts[:, None]
        sides = (answers.reshape(len(rows), -1) > 0), counts.reshape(len(rows), -1)
        for output in range(task.outputs):
            positive, counted = sides[0][:, output], sides[1][:, output % sides[1].shape[1]]
            for side, chosen in enumerate((positive & counted, ~positive & counted)):
                found[side, output] += torch.bincount(tokens[chosen].flatten(), minlength=vocabulary)
    found[:, :, 0] = 0
    return found[0].T, found[1].T
