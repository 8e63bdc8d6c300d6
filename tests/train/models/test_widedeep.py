"""The wide and deep model of texts: its special case, its start, and what a step costs."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from torch import nn

from crossent.train.config.groups import OptimizerConfig, ScheduleConfig
from crossent.train.data.dataset import Dataset
from crossent.train.data.ngrams import Ngrams
from crossent.train.data.schema import Schema
from crossent.train.data.tokens import read_texts
from crossent.train.fitting.optim import make_optimizer
from crossent.train.fitting.schedule import Schedule
from crossent.train.models import widedeep
from crossent.train.models.building import build
from crossent.train.models.widedeep import Rows, WideDeep, begin, token_counts

# No word is long enough for pieces, so that there is one group.
TEXTS = ["go up to it", "no, go up", "we do it", "it is so", "so go to it"]


def schema(texts: list[str]) -> Schema:
    ngrams = Ngrams.fit(texts, None, 2)
    made = {"tokenizer": "ngrams", "tokenizer_json": ngrams.to_json(), "vocabulary": ngrams.size}
    return Schema("text", "multiclass", ("a", "b", "c"), (9,), max_length=99, **made)


def test_without_embeddings_it_is_a_linear_model_of_tf_idf() -> None:
    known = schema(TEXTS)
    model = build("widedeep", known)
    assert isinstance(model, WideDeep)
    nn.init.normal_(model.wide.weight, generator=torch.Generator().manual_seed(0))
    nn.init.normal_(model.bias, generator=torch.Generator().manual_seed(1))
    ngrams = Ngrams.from_json(known.tokenizer_json or "")
    names = [ngrams.name(token) for token in range(2, ngrams.size)]
    values = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]+", vocabulary=names).fit_transform(TEXTS)
    expected = values @ model.wide.weight[2:].detach().numpy() + model.bias.detach().numpy()
    found = model.eval()(read_texts(known, TEXTS).take(torch.arange(len(TEXTS))))
    assert np.allclose(found.detach().numpy(), expected, atol=1e-5)


def labelled(known: Schema) -> Dataset:
    return Dataset(read_texts(known, TEXTS), torch.tensor([0, 1, 0, 1, 0]), [*"abcde"])


def naive_bayes(matrix: np.ndarray, there: np.ndarray) -> np.ndarray:
    positive, negative = (matrix[side].astype(bool).sum(0) + 1 for side in (there, ~there))
    return np.log(positive / (positive.sum() + 2) * (negative.sum() + 2) / negative)


@pytest.mark.parametrize("weight", [1.0, 3.0])
@pytest.mark.parametrize("answers", ["as learnt", "otherwise"])
def test_it_begins_at_the_logistic_regression_that_validation_prefers(
    weight: float, answers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Those of which 15 steps reach the minimum to three digits.
    monkeypatch.setattr(widedeep, "_HELD", widedeep._HELD[:3])
    known = replace(schema(TEXTS), task="binary", classes=("no", "yes"))
    model, train = build("widedeep", known), labelled(known)
    weights = torch.tensor([weight, 1, 1, 1, 1])
    train = replace(train, targets=train.targets.float(), weights=None if weight == 1 else weights)
    val = replace(train, targets=train.targets if answers == "as learnt" else torch.tensor([1.0, 1, 0, 0, 0]))
    with torch.no_grad():
        matrix = torch.stack([torch.eye(known.vocabulary)[row].T @ values for row, values in bags(model, train)])
    columns, yes = matrix[:, 2:].numpy(), np.array([0, 1, 0, 1, 0]) == 1
    scale = 1 + np.abs(naive_bayes(columns, yes))
    found, losses = [], []
    for held in widedeep._HELD:
        made = LogisticRegression(C=1 / held, tol=1e-8).fit(columns * scale, yes, sample_weight=weights.numpy())
        chances = made.predict_proba(columns * scale)
        found.append(made)
        losses.append(log_loss(val.targets.numpy(), chances, sample_weight=weights.numpy()))
    best = int(np.argmin(losses))
    # What agrees with the training wants to be sure of it, what does not wants to be held.
    assert best == (len(losses) - 1 if answers == "as learnt" else 0)
    assert begin(model, known.new_task(), train, val) == pytest.approx(losses[best], abs=1e-4)
    assert model.training
    assert (model.wide.weight[:2] == 0).all()
    expected = found[best]
    assert np.allclose(model.wide.weight[2:, 0].detach().numpy(), expected.coef_[0] * scale, atol=2e-3)
    assert model.bias.item() == pytest.approx(expected.intercept_[0], abs=2e-3)


def test_a_search_without_time_ends_with_its_first_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    known = schema(TEXTS)
    train, weights = labelled(known), []
    for seconds, held in ((0.0, widedeep._HELD), (math.inf, widedeep._HELD[:1])):
        monkeypatch.setattr(widedeep, "_HELD", held)
        model = build("widedeep", known)
        begin(model, known.new_task(), train, train, seconds)
        weights.append(model.wide.weight.detach())
    assert torch.equal(*weights)
    assert weights[0].abs().max() > 0


def bags(model: WideDeep, train: Dataset) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    model.eval()
    for row in range(len(train)):
        tokens = train.inputs.take(torch.tensor([row]))
        yield tokens[0], model.values(tokens)[0]


def test_of_very_many_weights_it_begins_as_naive_bayes(monkeypatch: pytest.MonkeyPatch) -> None:
    known = schema(TEXTS)
    model, train = build("widedeep", known), labelled(known)
    monkeypatch.setattr(widedeep, "_SOLVED", 3 * known.vocabulary - 1)
    assert begin(model, known.new_task(), train, train) is None
    first = model.wide.weight.detach().clone()
    there, rest = token_counts(known.new_task(), train, known.vocabulary)
    total = there.sum(0) + known.vocabulary, rest.sum(0) + known.vocabulary
    expected = 0.1 * ((there + 1) / total[0] / (rest + 1) * total[1]).log()
    assert torch.allclose(first[1:], expected[1:], atol=1e-6)
    assert (first[0] == 0).all()
    assert first.abs().max() > 0.01


def test_a_start_has_the_weights_of_the_loss() -> None:
    known = schema(TEXTS)
    biases = []
    for weight in (None, [1.0, 9.0, 1.0]):
        model, task, train = build("widedeep", known), known.new_task(), labelled(known)
        task.weight = None if weight is None else torch.tensor(weight)
        begin(model, task, train, train)
        biases.append(model.bias.detach())
    assert biases[1][1] - biases[1][0] > biases[0][1] - biases[0][0] + 0.5


def test_texts_that_are_all_alike_are_learnt_in_shorter_steps() -> None:
    known = schema(TEXTS)
    rates = []
    for texts in (TEXTS, TEXTS[:1] * 5):
        model = build("widedeep", known, embedding=2)
        model.keep_steady(read_texts(known, texts).take(torch.arange(5)))
        assert model.training
        assert model.wide.rate == model.deep.rate
        rates.append(model.wide.rate)
        optimizer = make_optimizer(model, OptimizerConfig(), 1e-3)
        assert optimizer.param_groups[-1]["scale"] == pytest.approx(1000 * rates[-1])
    # One text, of length 1: its common part is all of it.
    assert rates[1] == pytest.approx(4.0)
    assert rates[0] > rates[1]


@pytest.mark.parametrize("embedding", [0, 4])
def test_a_step_touches_the_rows_of_its_batch_alone_and_is_that_of_a_dense_gradient(embedding: int) -> None:
    torch.manual_seed(0)
    dense = build("widedeep", schema(TEXTS), embedding=embedding, dropout=0.0)
    sparse = copy.deepcopy(dense)
    tokens = torch.tensor([[2, 3, 3, 0], [4, 2, 0, 0]])
    for model in (dense, sparse):
        for module in model.modules():
            if isinstance(module, Rows):
                module.sparse = model is sparse
        before = model.wide.weight.detach().clone()
        optimizer = make_optimizer(model, OptimizerConfig(), 1e-3, fused=True)
        Schedule(ScheduleConfig(), 1e-3, 100, 10).force(optimizer, 0)
        assert sorted(group["lr"] for group in optimizer.param_groups)[-1] == pytest.approx(Rows.rate)
        nn.functional.cross_entropy(model(tokens), torch.tensor([0, 2])).backward()
        assert model.wide.weight.grad.is_sparse == (model is sparse)
        optimizer.step()
        changed = (model.wide.weight != before).any(1).nonzero().flatten().tolist()
        assert changed == [2, 3, 4]
        assert not any(state.get("exp_avg", model.bias).shape[0] > 9 for state in optimizer.state.values())
    for one, other in zip(dense.parameters(), sparse.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)
