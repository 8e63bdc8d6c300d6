"""A linear model of n-grams, and beside it a small network of their embeddings: for texts of any language."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..data.dataset import Dataset
from ..tasks.base import Task

# Share of the naive-Bayes weights that training begins with.
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
        self.wide = Rows(vocabulary, outputs)
        nn.init.zeros_(self.wide.weight)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.deep = Rows(vocabulary, embedding) if embedding else None
        if self.deep is not None:
            nn.init.normal_(self.deep.weight, std=0.3)
            self.head = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(embedding, outputs))

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits, (N, C), of tokens in any order, (N, L)."""
        values = self._values(tokens)
        logits: Tensor = self.bias + self._sum(self.wide, tokens, values)
        return logits if self.deep is None else logits + self.head(self._sum(self.deep, tokens, values))

    def _values(self, tokens: Tensor) -> Tensor:
        """v, (N, L)."""
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
        mean = torch.zeros_like(self.importance).index_add_(0, tokens.flatten(), self._values(tokens).flatten())
        self.train()
        rate = min(Rows.rate, _STABLE / max(mean.div_(len(tokens)).square().sum().item(), 1e-6))
        for table in (self.wide, self.deep):
            if table is not None:
                table.rate = rate

    @torch.no_grad()
    def begin(self, counts: Tensor, others: Tensor) -> None:
        """Start from the weights of naive Bayes.

        Args:
            counts: (vocabulary, C) how often each token stands in texts of each class.
            others: the same in texts that are not of the class.
        """
        there, rest = ((part.float() + 1) / (part.float() + 1).sum(0) for part in (counts, others))
        self.wide.weight.copy_(_PRIOR * (there / rest).log())
        self.wide.weight[0] = 0.0


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
