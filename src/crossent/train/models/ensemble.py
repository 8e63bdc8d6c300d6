"""Several perceptrons for the columns of tables, trained side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from ..tasks.output import Members

# Columns of up to so many values begin as their indicators.
_WIDEST = 50


class Pieces(nn.Module):
    """A vector for each number: e(x) = x·u + b + Σ_t c_t(x)·w_t, with c_t how much of the piece t lies below x.

    c_t(x) = (x − x_t) / (x_{t+1} − x_t), cut to 0 and 1, but for the first piece at its lower end and for the last one
    at its upper end, which go on. So e is linear between the cuts x_t, and the layers behind it need not learn where a
    column bends.

    Args:
        cuts: of each column the x_t in ascending order, quantiles of it for example; without two it is linear.
        size: of a vector.

    Source: Y. Gorishniy et al., On Embeddings for Numerical Features in Tabular Deep Learning, 2022.
    """

    def __init__(self, cuts: Sequence[Sequence[float]], size: int) -> None:
        super().__init__()
        pieces = max([1, *(len(own) - 1 for own in cuts)])
        begins, widths = torch.zeros(len(cuts), pieces), torch.full((len(cuts), pieces), torch.inf)
        lowest, highest = torch.zeros(len(cuts), pieces), torch.ones(len(cuts), pieces)
        for column, own in enumerate(cuts):
            if len(own) > 1:
                places = torch.tensor(own, dtype=torch.float32)
                begins[column, : len(own) - 1], widths[column, : len(own) - 1] = places[:-1], places.diff()
                lowest[column, 0], highest[column, len(own) - 2] = -math.inf, math.inf
        # They stand in the schema, not among what is learnt.
        for name, values in zip(self._NAMES, (begins, widths, lowest, highest), strict=True):
            self.register_buffer(name, values, persistent=False)
        self.weight = nn.Parameter(torch.zeros(len(cuts), pieces, size))
        self.slope = nn.Parameter(torch.empty(len(cuts), size).uniform_(-1, 1))
        self.bias = nn.Parameter(torch.empty(len(cuts), size).uniform_(-1, 1))

    _NAMES = ("begins", "widths", "lowest", "highest")

    def forward(self, numbers: Tensor) -> Tensor:
        """(F, N, size) of numbers, (N, F)."""
        begins, widths, lowest, highest = (self.get_buffer(name).unsqueeze(1) for name in self._NAMES)
        numbers = numbers.T.unsqueeze(2)
        parts = torch.minimum(torch.maximum((numbers - begins) / widths, lowest), highest)  # (F, N, pieces)
        return torch.baddbmm(self.bias.unsqueeze(1), parts, self.weight) + numbers * self.slope.unsqueeze(1)


class Ensemble(nn.Module):
    """M perceptrons over shared embeddings of numbers and categories.

    In training each has a loss of its own, so that they stay different; a prediction is the mean of their
    probabilities.

    Args:
        numbers: F of the numeric input (N, F).
        outputs: C of the logits (N, C).
        categories: of each of the K categorical columns, how many values it has, the unknown one included.
        cuts: of each numeric column where its pieces meet; by default numbers are read as they are.
        members: M.
        hidden: the sizes of a member's layers.
        embedding: size of the vector of a number.
        dropout: share of each layer's outputs that is zeroed in training.

    Source: Y. Gorishniy et al., TabM, 2024, where members also share most of their weights; that trains no quicker.
    """

    def __init__(
        self,
        numbers: int,
        outputs: int,
        categories: Sequence[int] = (),
        cuts: Sequence[Sequence[float]] = (),
        members: int = 16,
        hidden: Sequence[int] = (64, 64),
        embedding: int = 8,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.members, self.dropout = members, dropout
        self.pieces = Pieces(cuts, embedding) if cuts else None
        self.numbers = bool(numbers)
        embeddings = [*map(_embedding, categories)]
        self.embeddings = nn.ModuleList(embeddings)
        width = numbers * (embedding if cuts else 1) + sum(table.embedding_dim for table in embeddings)
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for size, following in pairwise([width, *hidden, outputs]):
            bound = size**-0.5
            self.weights.append(torch.empty(members, size, following).uniform_(-bound, bound))
            self.biases.append(torch.empty(members, 1, following).uniform_(-bound, bound))
        self.norms = nn.ModuleList(map(nn.LayerNorm, hidden))

    def forward(self, inputs: Tensor, categories: Tensor | None = None) -> Members:
        """Logits of all members, (M, N, C).

        Args:
            inputs: the numbers, (N, …), F in all; where there are none, the categories.
            categories: (N, K), integer.
        """
        parts: list[Tensor] = []
        if self.numbers:
            parts += [inputs.flatten(1)] if self.pieces is None else [*self.pieces(inputs)]
        else:
            categories = inputs
        if categories is not None:
            parts += [table(categories[:, column]) for column, table in enumerate(self.embeddings)]
        hidden = torch.cat(parts, 1).expand(self.members, -1, -1)  # (M, N, width)
        for weight, bias, norm in zip(self.weights, self.biases, self.norms, strict=False):
            hidden = dropout(norm(torch.baddbmm(bias, hidden, weight)).relu(), self.dropout, self.training)
        return Members(torch.baddbmm(self.biases[-1], hidden, self.weights[-1]))


def _embedding(count: int) -> nn.Embedding:
    """A table that begins with a direction for each value, and with zeros for the unknown one."""
    table = nn.Embedding(count, min(max(count - 1, 1), _WIDEST))
    if count - 1 <= _WIDEST:
        nn.init.eye_(table.weight[1:])
    else:
        nn.init.normal_(table.weight, std=_WIDEST**-0.5)
    nn.init.zeros_(table.weight[0])
    return table
