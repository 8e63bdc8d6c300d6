"""Findings as they are collected: each once per line, with its count; and what else is known of the run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .crash import Crash
from .finding import SEVERITIES, Finding
from .silence import silenced


@dataclass
class Entry:
    """A finding at its first place, and how often it was found there."""

    finding: Finding
    count: int = 1


class Findings:
    """The findings of a run; filled while the code runs, complete when it has ended."""

    def __init__(self, language: str = "en") -> None:
        self.language = language
        # Optimizer steps and backward passes.
        self.steps = 0
        self.backwards = 0
        # What the script died of.
        self.crash: Crash | None = None
        self._entries: dict[tuple[str, Any], Entry] = {}

    def add(self, finding: Finding) -> None:
        """Add a finding; one that is known at this line only counts, one that the line has answered is left out."""
        if silenced(finding.site.file, finding.site.line, finding.id):
            return
        key = (finding.id, finding.site)
        known = self._entries.get(key)
        if known is None:
            self._entries[key] = Entry(finding)
            return
        known.count += 1
        if SEVERITIES.index(finding.severity) < SEVERITIES.index(known.finding.severity):
            known.finding = finding

    @property
    def entries(self) -> list[Entry]:
        """Findings with their counts, worst first, in the order in which they were found; previews at the end."""
        order = {severity: place for place, severity in enumerate(SEVERITIES)}
        return sorted(self._entries.values(), key=lambda one: (one.finding.preview, order[one.finding.severity]))

    @property
    def findings(self) -> list[Finding]:
        """Findings, worst first, each once per line."""
        return [entry.finding for entry in self.entries]

    def worst(self) -> str | None:
        """The highest severity found."""
        return next((entry.finding.severity for entry in self.entries), None)

    def reaches(self, severity: str) -> bool:
        """Return whether anything of this severity or worse was found; never for "never"."""
        worst = self.worst()
        if worst is None or severity not in SEVERITIES:
            return False
        return SEVERITIES.index(worst) <= SEVERITIES.index(severity)

    def as_dict(self) -> dict[str, Any]:
        """The contents of the JSON file."""
        findings = [
            {
                "id": entry.finding.id,
                "severity": entry.finding.severity,
                "preview": entry.finding.preview,
                "where": entry.finding.where,
                "count": entry.count,
                "message": entry.finding.message(self.language),
                "evidence": entry.finding.evidence(self.language),
                "fix": entry.finding.fix(self.language),
            }
            for entry in self.entries
        ]
        crash = None
        if self.crash is not None:
            known = self.crash.explanation(self.language)
            crash = {"error": self.crash.error, "where": self.crash.where, "explanation": known}
        return {
            "version": 1,
            "steps": self.steps,
            "backward_passes": self.backwards,
            "crash": crash,
            "findings": findings,
        }

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n"
