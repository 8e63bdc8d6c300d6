"""The base class of the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Literal, TypeVar

from ..events import Event
from ..finding import Finding, Text
from ..history import History
from ..sites import Site

Subject = Literal["loss", "targets", "weights", "loop", "evaluation"]
_Method = TypeVar("_Method", bound=Callable[..., Any])


def on(*events: type[Event]) -> Callable[[_Method], _Method]:
    """Mark the method of a check that hears of these events, and yields findings or only remembers."""

    def mark(method: _Method) -> _Method:
        method.__dict__["events"] = events
        return method

    return mark


class Check:
    """Listens to events and yields findings. One subclass per finding id, one file per subclass.

    `id`, `severity` and the texts are what its findings say unless they say otherwise; `{names}` in the texts are given
    to `found` as keywords. `severity` is the worst that the check reports, `subject` its chapter in docs/doctor.md. A
    new check is in `preview` until it has stood a release: what it finds is a note, counted apart.

    The docstring of a subclass is its explanation, for `crossent doctor --explain` and docs/doctor.md, read by
    `explanation.py`. It has these parts, in this order; text may be Markdown, code is indented by four more::

        One sentence that says what is wrong.

        中文：同一句话的中文。

        Why: what it does to the training, with the number that was measured.

        Wrong::

            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb).softmax(1), yb).backward()  # doctor: error[softmax-before-cross-entropy]
                optimizer.step()

        Right::

            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()

        Known limits: what of the kind is not seen, and what looks alike and is not reported.

    Both programs run under the doctor in a test, after `explanation.PRELUDE` (data, model, optimizer, loader). A line
    that a finding must name bears `# doctor: SEVERITY[ID]`; nothing else may be found, and nothing in the right one.
    """

    id: ClassVar[str]
    severity: ClassVar[str]
    subject: ClassVar[Subject]
    preview: ClassVar[bool] = False
    message: ClassVar[Text]
    evidence: ClassVar[Text]
    fix: ClassVar[Text]

    listens: ClassVar[dict[type[Event], str]] = {}

    def __init__(self, history: History) -> None:
        self.history = history
        self.prepare()

    def __init_subclass__(cls) -> None:
        cls.listens = {event: name for name, value in vars(cls).items() for event in getattr(value, "events", ())}

    def prepare(self) -> None:
        """Set up what the check remembers."""

    def finish(self) -> Iterable[Finding]:
        """Findings that can only be made when the script has ended."""
        return ()

    def found(
        self,
        site: Site,
        *,
        severity: str | None = None,
        message: Text | None = None,
        evidence: Text | None = None,
        fix: Text | None = None,
        **values: Any,
    ) -> Finding:
        """A finding of this check at a line of the script."""
        return Finding(
            self.id,
            "note" if self.preview else severity or self.severity,
            site,
            evidence or self.evidence,
            message or self.message,
            fix or self.fix,
            values,
            self.preview,
        )


Findings = Iterator[Finding]
