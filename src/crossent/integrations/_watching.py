"""The base of the callbacks of all trainers."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from ..doctor import Report, watch


class Watching:
    """`crossent.doctor.watch()` from one hook of a trainer to another.

    Args:
        language: of the texts, "en" or "zh".
        show: write the report to stderr when the training has ended.

    Attributes:
        report: what was found in the last training; None before the first.
    """

    def __init__(self, *, language: str = "en", show: bool = True) -> None:
        super().__init__()
        self.report: Report | None = None
        self._settings: dict[str, Any] = {"language": language, "show": show}
        self._open = ExitStack()

    def begin(self) -> None:
        """Begin to watch; a training before this one that no hook has ended, as it failed, ends here."""
        self.end()
        self.report = self._open.enter_context(watch(**self._settings))

    def end(self, error: BaseException | None = None) -> None:
        """Complete the report; nothing where nobody watches."""
        known = (type(error), error, error.__traceback__) if error is not None else (None, None, None)
        self._open.pop_all().__exit__(*known)
