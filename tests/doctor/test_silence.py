"""A line that says that a finding is meant is believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from .forks import Forks

TRAINING = """
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 3), nn.Softmax(dim=1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x in torch.randn(6, 16, 5):
    loss = nn.functional.cross_entropy(model(x), x[:, :3].argmax(1)){answer}
    loss.backward()
    optimizer.step(){answer}
"""


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("", {"softmax-before-cross-entropy", "missing-zero-grad"}),
        ("  # crossent: ignore[softmax-before-cross-entropy]", {"missing-zero-grad"}),
        ("  # crossent: ignore[softmax-before-cross-entropy, missing-zero-grad] as in the paper", set()),
        ("  # crossent: ignore[nan-loss]", {"softmax-before-cross-entropy", "missing-zero-grad"}),
        ("  # crossent: ignore", {"softmax-before-cross-entropy", "missing-zero-grad"}),
    ],
)
def test_a_line_can_say_that_a_finding_is_meant(tmp_path: Path, forks: Forks, answer: str, left: set[str]) -> None:
    script = tmp_path / "train.py"
    script.write_text(TRAINING.format(answer=answer))
    result = forks.doctor(script)
    assert result.report is not None
    assert {finding["id"] for finding in result.report["findings"]} == left
    assert result.status == bool(left)
