"""Watches a training while it runs, and says what is silently wrong with it.

The way of a finding: `observers` turn what a script does into `events`; each of the `checks` listens to some of them
and yields `Finding`s; `Report` collects and `console` shows them. `run` does that for a script, `watch` for a block of
code. Only torch is needed; rich, where installed, makes the report prettier.
"""

from .finding import Finding
from .report import Report
from .watch import watch

__all__ = ["Finding", "Report", "watch"]
