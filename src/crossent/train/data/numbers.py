"""How the texts of a column are read as numbers: plain ones, money and shares, decimal commas, dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone

PLAIN, COMMAS, DECIMAL_COMMA, CLOCK, DATE = "number", "commas", "decimal comma", "clock", "date"
MISSING = frozenset(("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "#N/A", "-nan", "<NA>"))
# What stands around the digits of money, shares and quantities.
_BEFORE = r"(?:[$€£¥₹]|USD|EUR|GBP|CNY|RMB)?"
_AROUND = re.compile(rf"([-+(]?)\s*{_BEFORE}\s*([-+]?[\d.,'\u00a0\u202f ]*\d)\s*([^\d\s.,()]{{0,4}})\)?")
_SPACES = re.compile(r"['\u00a0\u202f ]")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?|\.\d+")
_COMMA = re.compile(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+(,\d+)?")
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y年%m月%d日")
_NAMED = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%m/%d/%y", "%d/%m/%y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f", " %I:%M %p")
_FORMATS = tuple(f"{day}{time}" for day in (*_DAYS, *_NAMED) for time in _TIMES)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
# As Chinese and Japanese keyboards write digits and their marks.
_WIDE = {0xFF01 + place: 0x21 + place for place in range(94)}
# A column is of a style if it is that of 19 values in 20.
_MOST = 0.95
_LOOK = 2000
_DAY = 86_400.0
# As columns of bool from Python are numbers too.
_TRUTH = {"true": 1.0, "false": 0.0}


def find_style(texts: Sequence[str]) -> str | None:
    """The style of the different values of a column, None where they are no numbers.

    A style is "number", "commas" (12,345.60), "decimal comma" (12.345,60), "clock" (9:05, 1:02:30), or "date" with a
    blank and its format.
    """
    present = [_plain(text) for text in texts if text.strip() not in MISSING][:_LOOK]
    if not present:
        return None
    # 01234 is a code: as a number it would lose its zero.
    if any(re.fullmatch(r"0\d+", text) for text in present):
        return find_date(present)
    found = next((style for style in (PLAIN, COMMAS, CLOCK) if _share(present, style) >= _MOST), None)
    if found not in (PLAIN, CLOCK) and _share(present, DECIMAL_COMMA) >= _MOST and not _is_grouped(present, found):
        found = DECIMAL_COMMA
    return found or find_date(present)


def parse(text: str, style: str) -> float:
    """The number that a text is, NaN if it is none: of a date the days since 1970."""
    text = _plain(text)
    if style.startswith(DATE):
        return _days(text, style.partition(" ")[2])
    if style == CLOCK:
        time = _CLOCK.fullmatch(text)
        return int(time[1]) + int(time[2]) / 60 + float(time[3] or 0) / 3600 if time else float("nan")
    if style == PLAIN:
        try:
            # Python alone reads 1_000 as a number.
            return float("nan") if "_" in text else float(text)
        except ValueError:
            return _TRUTH.get(text.lower(), float("nan"))
    match = _AROUND.fullmatch(text)
    if match is None:
        return float("nan")
    sign, digits = match[1], _SPACES.sub("", match[2])
    if digits[0] in "+-":
        sign, digits = digits[0], digits[1:]
    if not (_GROUPED if style == COMMAS else _COMMA).fullmatch(digits):
        return float("nan")
    plain = digits.replace(",", "") if style == COMMAS else digits.replace(".", "").replace(",", ".")
    return -float(plain) if sign in ("-", "(") and sign else float(plain)


def _plain(text: str) -> str:
    text = text.strip()
    return text if text.isascii() else text.translate(_WIDE)


def exchanged(style: str) -> str | None:
    """The style of dates in which day and month have changed places, None where they could not."""
    month_first = style.startswith(f"{DATE} %m/%d/")
    return style.replace("%m/%d/", "%d/%m/") if month_first else None


def _share(texts: Sequence[str], style: str) -> float:
    if style != PLAIN and len({match[3] for text in texts if (match := _AROUND.fullmatch(text)) and match[3]}) > 1:
        # Two units in one column are no numbers of one kind.
        return 0.0
    known = sum((value := parse(text, style)) == value for text in texts)
    return known / len(texts)


def _is_grouped(texts: Sequence[str], found: str | None) -> bool:
    """Decide whether commas are between thousands: three digits behind each, and no zero alone before one."""
    return found == COMMAS and not any(re.match(r"[^\d]*0,", text) for text in texts)


def find_date(texts: Sequence[str]) -> str | None:
    """The format of dates; of 03/04/2024 the month is first, unless a day shows that it is not."""
    texts = list(map(_plain, texts))
    if not texts or not any(mark in texts[0] for mark in "-/.: 年,"):
        # 20240305 might be any number.
        return None
    for form in _FORMATS:
        if _days(texts[0], form) == _days(texts[0], form) or _days(texts[-1], form) == _days(texts[-1], form):
            known = sum((value := _days(text, form)) == value for text in texts)
            if known / len(texts) >= _MOST:
                return f"{DATE} {form}"
    return None


def _days(text: str, form: str) -> float:
    """Days since 1970; without a form, of a date as ISO 8601 has it, for columns that came as dates."""
    plain = re.sub(r"(?:Z|[+-]\d\d:?\d\d)$", "", text) if "%H" in form or not form else text
    try:
        time = datetime.strptime(plain, form) if form else datetime.fromisoformat(plain)
        return time.replace(tzinfo=timezone.utc).timestamp() / _DAY
    except ValueError:
        return float("nan")
