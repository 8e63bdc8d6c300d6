"""The report of `crossent doctor`, as users hold it."""

from __future__ import annotations

from .console import html, plain
from .findings import Findings


class Report(Findings):
    """The findings of `crossent doctor`; filled while the code runs, complete when it has ended.

    Example::

        >>> import torch, crossent
        >>> logits = torch.randn(8, 3, requires_grad=True)
        >>> with crossent.doctor.watch(show=False) as report:
        ...     loss = torch.nn.functional.cross_entropy(logits.softmax(1), torch.randint(3, (8,)))
        >>> [finding.id for finding in report.findings]
        ['softmax-before-cross-entropy']
    """

    def _repr_html_(self) -> str:
        return html(self)

    def __str__(self) -> str:
        return plain(self)
