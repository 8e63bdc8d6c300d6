"""The report on a terminal: with colours where rich is installed, as plain text elsewhere."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TextIO

from .finding import SEVERITIES
from .findings import Entry, Findings

_WORDS = {
    "en": {
        "error": "error",
        "warning": "warning",
        "note": "note",
        "why": "why: ",
        "fix": "fix: ",
        "times": "  ({count} times)",
        "clean": "crossent doctor: nothing wrong found in {seen}",
        "sick": "crossent doctor: {counts} in {seen}",
        "died": "crossent doctor: the script died of {error} at {where}, after {seen}; nothing else was found wrong",
        "sick_died": "crossent doctor: {counts} in {seen}; the script died of {error} at {where}",
        "steps": "{steps} optimizer steps",
        "backwards": "{backwards} backward passes (0 steps of torch's optimizers seen)",
        "error_many": "{n} errors",
        "warning_many": "{n} warnings",
        "note_many": "{n} notes",
        "error_one": "1 error",
        "warning_one": "1 warning",
        "note_one": "1 note",
        "preview": " (preview)",
        "previews": "{n} in preview",
        "and": ", ",
    },
    "zh": {
        "error": "错误",
        "warning": "警告",
        "note": "提示",
        "why": "原因：",
        "fix": "改法：",
        "times": "（{count} 次）",
        "clean": "crossent doctor：{seen}中没有发现问题",
        "sick": "crossent doctor：{seen}中发现 {counts}",
        "died": "crossent doctor：脚本在 {where} 因 {error} 终止，此前共 {seen}；没有发现其他问题",
        "sick_died": "crossent doctor：{seen}中发现 {counts}；脚本在 {where} 因 {error} 终止",
        "steps": "{steps} 个优化步",
        "backwards": "{backwards} 次反向传播（未见 torch 优化器的步）",
        "error_many": "{n} 个错误",
        "warning_many": "{n} 个警告",
        "note_many": "{n} 个提示",
        "error_one": "1 个错误",
        "warning_one": "1 个警告",
        "note_one": "1 个提示",
        "preview": "（试用）",
        "previews": "{n} 个试用提示",
        "and": "、",
    },
}
_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
_COLOURS = {"error": "#c62828", "warning": "#b26a00", "note": "#00796b"}
_WIDTH = 100


def verdict(report: Findings) -> str:
    """The whole report in one line."""
    words = _WORDS[report.language]
    counts = []
    for severity in SEVERITIES:
        n = sum(one.severity == severity and not one.preview for one in report.findings)
        if n:
            counts.append(words[f"{severity}_{'one' if n == 1 else 'many'}"].format(n=n))
    previews = sum(one.preview for one in report.findings)
    if previews:
        counts.append(words["previews"].format(n=previews))
    seen = words["steps" if report.steps or not report.backwards else "backwards"]
    values = {
        "seen": seen.format(steps=report.steps, backwards=report.backwards),
        "counts": words["and"].join(counts),
    }
    if report.crash is None:
        return words["sick" if counts else "clean"].format(**values)
    crash = report.crash
    text = words["sick_died" if counts else "died"].format(**values, error=crash.error, where=crash.where)
    known = crash.explanation(report.language)
    return f"{text}\n  {words['why']}{known}" if known else text


def plain(report: Findings) -> str:
    """The report as text without colours."""
    lines = []
    for entry in report.entries:
        lines.append(_title(entry, report.language))
        for label, text in _body(entry, report.language):
            lines.append(textwrap.fill(text, _WIDTH, initial_indent=f"  {label}", subsequent_indent="    "))
        lines.append("")
    lines.append(verdict(report))
    return "\n".join(lines)


def html(report: Findings) -> str:
    """The report for a notebook."""
    parts = []
    for entry in report.entries:
        colour = _COLOURS[entry.finding.severity]
        head = f'<b style="color: {colour}">{escape(_title(entry, report.language))}</b>'
        lines = [f"<i>{label}</i>{escape(text)}" for label, text in _body(entry, report.language)]
        parts.append("<p>" + "<br>".join([head, *lines]) + "</p>")
    return "".join([*parts, f"<p><b>{escape(verdict(report))}</b></p>"])


def show(report: Findings, file: TextIO) -> None:
    """Write the report, in colours where rich is installed and the file is a terminal."""
    try:
        from rich.console import Console
        from rich.markup import escape as plainly
        from rich.padding import Padding
    except ImportError:
        print(plain(report), file=file, flush=True)
        return
    console = Console(file=file, emoji=False, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        print(plain(report), file=file, flush=True)
        return
    for entry in report.entries:
        severity = entry.finding.severity
        console.print(f"[{_STYLES[severity]}]{plainly(_title(entry, report.language))}[/]")
        for label, text in _body(entry, report.language):
            console.print(Padding(f"[dim]{label}[/]{plainly(text)}", (0, 0, 0, 2)))
        console.print()
    worst = report.worst()
    console.print(f"[{_STYLES[worst] if worst else 'bold green'}]{plainly(verdict(report))}[/]")
    file.flush()


def _title(entry: Entry, language: str) -> str:
    words, finding = _WORDS[language], entry.finding
    times = words["times"].format(count=entry.count) if entry.count > 1 else ""
    level = words[finding.severity] + (words["preview"] if finding.preview else "")
    return f"{level}  {finding.id}  {finding.where}{times}"


def _body(entry: Entry, language: str) -> list[tuple[str, str]]:
    words, finding = _WORDS[language], entry.finding
    return [
        ("", finding.message(language)),
        ("", finding.evidence(language)),
        (words["fix"], finding.fix(language)),
    ]
