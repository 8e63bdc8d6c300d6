"""Explanations of the findings, read from the docstrings of the checks."""

from __future__ import annotations

import inspect
import re
from typing import NamedTuple

from .checks import all_checks
from .checks.base import Check

# What the examples of all findings share.
PRELUDE = """\
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(320, 6)
y = x[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
"""

_FORM = re.compile(
    r"(?P<summary>.+?)\n\n"
    r"中文：(?P<chinese>.+?)\n\n"
    r"Why: (?P<why>.+?)\n\n"
    r"Wrong::\n\n(?P<wrong>    .+?)\n\n"
    r"Right::\n\n(?P<right>    .+?)\n\n"
    r"Known limits: (?P<limits>.+)",
    re.DOTALL,
)


class Explanation(NamedTuple):
    """One finding explained; `wrong` and `right` are programs that run after `PRELUDE`."""

    id: str
    severity: str
    subject: str
    summary: str
    chinese: str
    why: str
    wrong: str
    right: str
    limits: str


def explained(check: type[Check]) -> Explanation:
    """The explanation of a check.

    Raises:
        ValueError: its docstring has not the form that `Check` describes.
    """
    parts = _FORM.fullmatch(inspect.cleandoc(check.__doc__ or ""))
    if parts is None:
        raise ValueError(f"{check.__name__}: the docstring of a check has the parts that checks/base.py describes")
    texts = {
        name: inspect.cleandoc("\n" + part) if name in ("wrong", "right") else part
        for name, part in parts.groupdict().items()
    }
    return Explanation(check.id, check.severity, check.subject, **texts)


def explanations() -> list[Explanation]:
    """All explanations, by id."""
    return [explained(check) for check in all_checks()]
