"""Explanations of the findings, read from the docstrings of the checks."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import NamedTuple

from .checks import all_checks
from .checks.base import Check, Subject
from .finding import SEVERITIES

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

_WORDS = {
    "en": {word: word for word in (*SEVERITIES, "why", "wrong", "right", "preview")}
    | {
        "limits": "known limits",
        "prelude": "The examples run after these lines, and a test runs them:",
    },
    "zh": {
        "error": "错误",
        "warning": "警告",
        "note": "提示",
        "preview": "试用",
        "why": "为什么",
        "wrong": "错误写法",
        "right": "正确写法",
        "limits": "已知局限",
        "prelude": "下面的例子都接在这几行之后运行，测试也会运行它们：",
    },
}
# The chapters of the page, in its order.
_CHAPTERS: dict[str, dict[Subject, str]] = {
    "en": {
        "loss": "What goes into the loss",
        "targets": "Targets",
        "weights": "Weights",
        "loop": "The loop",
        "evaluation": "Evaluation and checkpoints",
    },
    "zh": {
        "loss": "损失函数的输入",
        "targets": "标签",
        "weights": "权重",
        "loop": "训练循环",
        "evaluation": "评估与保存",
    },
}

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
    subject: Subject
    preview: bool
    summary: str
    chinese: str
    why: str
    wrong: str
    right: str
    limits: str

    def level(self, language: str = "en") -> str:
        """The severity of the finding, or that it is in preview."""
        return _WORDS[language]["preview" if self.preview else self.severity]

    def text(self, language: str) -> str:
        """The explanation for a terminal."""
        words = _WORDS[language]
        first = self.chinese if language == "zh" else self.summary
        colon = "：" if language == "zh" else ": "
        wrong, right = (textwrap.indent(program, "    ") for program in (self.wrong, self.right))
        return "\n\n".join(
            [
                f"{self.level(language)}  {self.id}",
                first,
                f"{words['why']}{colon}{self.why}",
                f"{words['wrong']}{colon.strip()}\n\n{wrong}",
                f"{words['right']}{colon.strip()}\n\n{right}",
                f"{words['limits']}{colon}{self.limits}",
            ]
        )

    def section(self, language: str) -> str:
        """The explanation as a section of the page; in Chinese its sentence and its examples."""
        words, chinese = _WORDS[language], language == "zh"
        programs = [f"```py\n# {words[name]}\n{getattr(self, name)}\n```" for name in ("wrong", "right")]
        title = [f"### {self.id}", f"*{self.level(language)}* — {self.chinese if chinese else self.summary}"]
        why, limits = (text[0].upper() + text[1:] for text in (self.why, self.limits))
        return "\n\n".join([*title, *programs] if chinese else [*title, why, *programs, limits])


def explained(check: type[Check]) -> Explanation:
    """The explanation of a check.

    Raises:
        ValueError: its docstring has not the form that `Check` describes.
    """
    parts = _FORM.fullmatch(inspect.cleandoc(check.__doc__ or ""))
    if parts is None:
        raise ValueError(f"{check.__name__}: the docstring of a check has the parts that checks/base.py describes")
    texts = {name: textwrap.dedent(part) for name, part in parts.groupdict().items()}
    return Explanation(check.id, check.severity, check.subject, check.preview, **texts)


def explanations() -> list[Explanation]:
    """All explanations, by id."""
    return [explained(check) for check in all_checks()]


def listing(language: str) -> str:
    """Every finding in a line, by chapter."""
    lines = []
    for subject in _CHAPTERS[language]:
        for one in explanations():
            if one.subject == subject:
                said = one.chinese if language == "zh" else one.summary
                lines.append(f"{one.id:34} {one.level(language):8} {' '.join(said.split())}")
    return "\n".join(lines)


def chapters(language: str) -> str:
    """All explanations as the generated part of docs/doctor.md, or of its Chinese page."""
    parts = [_WORDS[language]["prelude"], f"```py\n{PRELUDE}```"]
    for subject, title in _CHAPTERS[language].items():
        parts.append(f"## {title}")
        parts += [one.section(language) for one in explanations() if one.subject == subject]
    return "\n\n".join(parts) + "\n"
