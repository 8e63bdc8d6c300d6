"""The time that a run may take, and how much of it is left for steps."""

from __future__ import annotations

import time

from ..config.interval import seconds

# Seconds that a report takes on an idle machine, and the most of the time that is kept for the end.
_REPORT, _MOST = 2.0, 0.5


class TimeLimit:
    """When the steps of a run must end, so that its test and its report are done within the limit too.

    How long the end will take is not known before: it is guessed from what the beginning took, which read the same
    rows, loaded as many libraries, and met the same other programs.

    Args:
        seconds: of the whole run.
        began: when it began, by `time.monotonic`.
        expected: seconds at the end that are known before.
        passes: so many steps take as long as the evaluations of the end; until one is measured.
    """

    def __init__(self, seconds: float, began: float, expected: float = 0.0, passes: float = 0.0) -> None:
        self.seconds, self.began, self.expected, self.passes = seconds, began, expected, passes
        self._first = time.monotonic()
        self._keep(0.0)

    @classmethod
    def of(cls, text: str | None, began: float, **known: float) -> TimeLimit | None:
        """The limit that a setting names, if it names one; `known`: of the end."""
        return None if text is None else cls(seconds(text), began, **known)

    def total(self, step: int, start: int, evaluation: float | None = None) -> int:
        """How many steps there can be in all, at the pace of those since `start`.

        Args:
            step: how many are done.
            start: how many were, when this was made.
            evaluation: the seconds that one has just taken: the last one, the check of the best weights and the test
                are still to come.
        """
        now = time.monotonic()
        pace = max(now - self._first, 1e-9) / max(step - start, 1)
        if evaluation is not None:
            self.passes = 0.0
            self._keep(3 * evaluation)
        elif self.passes:
            self._keep(self.passes * pace)
        return step + int(max(self._stop - now, 0.0) / pace)

    @property
    def over(self) -> bool:
        """True from the moment on at which the steps must end."""
        return time.monotonic() >= self._stop

    @property
    def left(self) -> float:
        """The seconds of the whole run that are left."""
        return self.began + self.seconds - time.monotonic()

    def _keep(self, passes: float) -> None:
        end = _REPORT + (self._first - self.began) / 4 + self.expected + passes
        self._stop = self.began + self.seconds - min(end, self.seconds * _MOST)
