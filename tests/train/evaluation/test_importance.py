"""The inputs that predictions depend on: columns, words for and against a class; in every form of the report."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from crossent.train.data import Data, DataConfig, load
from crossent.train.evaluation.importance import Evidence, Importance, evidence, importances
from crossent.train.evaluation.outputs import Outputs
from crossent.train.models.building import build
from crossent.train.models.widedeep import WideDeep, begin
from crossent.train.report.finish import assess, to_json
from crossent.train.report.summary import summary
from crossent.train.tasks.multiclass import Multiclass


class Looks(nn.Module):
    """Looks at the first number and at the second category."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(3.0))

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        return self.scale * (numbers[:, 0] + (categories[:, 1] == 1).float())[:, None]


def table(path: Path) -> Data:
    rows = [f"{n % 7},{n % 5},{'xy'[n % 2]},{'uvw'[n % 3]},{'no' if n % 7 < 3 else 'yes'}" for n in range(420)]
    path.write_text("\n".join(["a,b,c,d,label", *rows]), encoding="utf-8")
    return load(DataConfig(str(path)))


def test_columns_that_a_model_does_not_look_at_are_worth_nothing(tmp_path: Path) -> None:
    data = table(tmp_path / "t.csv")
    found = importances(data.schema.new_task(), Looks(), data.schema, data.train)
    rises = {item.name: item.rise for item in found}
    assert found[0].name == "a"
    assert rises["a"] > 0.3
    assert (rises["b"], rises["c"]) == (0, 0)
    assert rises["d"] != 0


@pytest.mark.parametrize("labels", [("bad", "good"), ("bad", "good", "other")])
def test_words_speak_for_the_class_whose_texts_hold_them(tmp_path: Path, labels: tuple[str, ...]) -> None:
    path = tmp_path / "t.csv"
    words = {"bad": "a dull film", "good": "a superb film", "other": "a green tree"}
    rows = [f"{words[label]} number {n},{label}" for n, label in enumerate(labels * 30)]
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    data = load(DataConfig(str(path), text="text", tokenizer="ngrams"))
    task = data.schema.new_task()
    model = build("widedeep", data.schema)
    assert isinstance(model, WideDeep)
    begin(model, task, data.train, data.val)
    found = {item.name: item for item in evidence(task, model, data.schema)}
    assert set(found) == ({"good"} if len(labels) == 2 else set(labels))
    assert "superb" in found["good"].speaks_for
    assert "dull" in found["good"].speaks_against
    assert "a" not in found["good"].speaks_for[:2]


def test_the_report_has_it_in_words_and_numbers() -> None:
    outputs = Outputs(Multiclass(("a", "b")), torch.eye(2), torch.tensor([0, 0]), torch.zeros(2), ["1", "2"], 0.5)
    report = assess(outputs.task, outputs, outputs)
    report.importances = [Importance("age", 0.25), Importance("zip", -0.001)]
    report.evidence = [Evidence("good", ("superb", "very good"), ())]
    text = summary(report)
    assert "where their values are exchanged between rows: age (+0.250), zip (-0.001)" in text
    assert "For good: superb · very good; against: –" in text
    assert to_json(report)["importances"][0] == {"name": "age", "rise": 0.25}
    assert to_json(report)["evidence"][0]["speaks_for"] == ("superb", "very good")
