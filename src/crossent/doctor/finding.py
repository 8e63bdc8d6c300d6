"""Findings: the results of the checks, in two languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..wording import LANGUAGES as LANGUAGES
from ..wording import Text as Text
from .sites import Site

# From worst to mildest.
SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, where, how one can see it, and what to write instead.

    `severity` is "error" (the training is wrong), "warning" (very likely not what is meant) or "note". `where` is a
    line of the script. A finding in `preview` has not stood a release yet: it is a note, counted apart.

    Example::

        >>> from crossent.doctor.finding import Finding, Text
        >>> from crossent.doctor.sites import Site
        >>> say = Text("{n} rows sum to 1", "{n} 行之和为 1")
        >>> found = Finding("softmax-before-cross-entropy", "error", Site("<stdin>", 3), say, say, say, {"n": 8})
        >>> found.evidence(), found.evidence("zh")
        ('8 rows sum to 1', '8 行之和为 1')
    """

    id: str
    severity: str
    site: Site
    evidence_text: Text
    message_text: Text
    fix_text: Text
    values: dict[str, Any] = field(default_factory=dict, compare=False)
    preview: bool = False

    @property
    def where(self) -> str:
        """ "train.py:42"."""
        return str(self.site)

    def evidence(self, language: str = "en") -> str:
        """The evidence: numbers, and whether they prove it."""
        return self._say(self.evidence_text, language)

    def message(self, language: str = "en") -> str:
        """The mistake and what it does to the training."""
        return self._say(self.message_text, language)

    def fix(self, language: str = "en") -> str:
        """The code to write instead."""
        return self._say(self.fix_text, language)

    def _say(self, text: Text, language: str) -> str:
        return getattr(text, language).format(**self.values)  # type: ignore[no-any-return]
