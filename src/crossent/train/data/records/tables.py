"""The rows of a table: numbers and categories, or text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...config.data import DataConfig
from ...errors import DataError
from ...tasks.registry import target_of
from ...tasks.target import Target
from ..columns import factorised, numbers, texts
from ..fingerprints import chance_of_equal, digest_of_column, of_bytes, of_columns
from ..labels import split_labels, to_codes, to_matrix
from ..numbers import CLOCK, COMMAS, DATE, DECIMAL_COMMA, MISSING, PLAIN, exchanged
from ..numeric import column_notes, fit_columns, parted, standardised, with_parts
from ..schema import UNKNOWN_VALUE, Column, Schema
from ..shift import shifted_categories, shifted_numbers
from ..tokens import fit_text, read_texts, unknown_words
from .base import Fault, Rows
from .table_plan import label_columns, left_out, plan_table
from .table_rows import TableRows

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..inputs import Inputs

# What is learnt from a column is learnt from at most so many rows.
_SAMPLE = 500_000
MOST_VALUES = 1000
# In many rows, a value of a single one is not learnt: it would be learnt by heart.
_LEAST, _MANY = 2, 100
# Share of unknown words that is worth a line.
_STRANGE = 0.2
EMPTY = Fault("text", "its text is empty")


class TableRecords(TableRows):
    """Rows of a table, read as numbers and categories or as text."""

    def plan(self, config: DataConfig, others: Sequence[Self]) -> Schema:
        return plan_table([self, *others], config)

    def bad_rows(self, schema: Schema) -> dict[int, Fault]:
        self._require_columns(schema)
        bad: dict[int, Fault] = {}
        if schema.kind == "text":
            found = self._texts(schema)
            bad.update({row: EMPTY for row, text in enumerate(found) if not text.strip()})
        if target_of(schema.task) is Target.CLASS and schema.target and schema.target[0] in self.names:
            labels = texts(self.column(schema.target[0]))
            fault = Fault("label", f"it has no label (column {schema.target[0]!r} is empty)")
            strange = "it has no label ({!r} in {!r} counts as missing; a class of this name needs another)"
            for row, label in enumerate(map(str.strip, map(str, labels))):
                if label in MISSING:
                    bad[row] = Fault("label", strange.format(label, schema.target[0])) if label else fault
        return dict(sorted(bad.items()))

    def fit(self, schema: Schema, config: DataConfig) -> Schema:
        sample = self
        if len(self) > _SAMPLE:
            sample = self.take(np.sort(np.random.default_rng(0).choice(len(self), _SAMPLE, replace=False)))
        if schema.text:
            schema = fit_text(schema, sample._texts(schema), config)
        if schema.kind == "text":
            return schema
        read = with_parts(schema.numbers, sample._matrix(schema.numbers))
        fitted = fit_columns(read, sample._matrix(read))
        known = [sample._with_values(column) for column in schema.categories]
        return replace(schema, columns=(*fitted, *known), input_shape=(len(fitted) + len(known),))

    def inputs(self, schema: Schema) -> Inputs:
        self._require_columns(schema)
        return super().inputs(schema)

    def fits(self, schema: Schema) -> bool:
        wanted = {*schema.text, *(column.name for column in schema.columns)}
        size = sum(self.table.column(name).nbytes for name in wanted)
        return bool(size * len(self) <= self.memory * max(1, self.table.num_rows))

    def predicts(self, config: DataConfig) -> str:
        return str(label_columns(self, config))

    def left_out(self, schema: Schema, config: DataConfig) -> list[str]:
        return left_out(self, schema, config)

    def now(self, schema: Schema) -> Inputs:
        import torch

        from ..inputs import JoinedInputs, TensorInputs

        tokens = [read_texts(schema, self._texts(schema))] if schema.text else []
        if schema.kind == "text":
            return tokens[0]
        parts = []
        if schema.numbers:
            parts.append(torch.from_numpy(standardised(schema.numbers, self._matrix(schema.numbers))))
        if schema.categories:
            codes = np.stack([self._places(column) for column in schema.categories], 1)
            parts.append(torch.from_numpy(codes))
        columns = TensorInputs(*parts)
        return JoinedInputs(columns, *tokens) if tokens else columns

    def labelled(self, schema: Schema) -> bool:
        if any(name not in self.names for name in schema.target):
            return False
        return any((texts(self.column(name)) != "").any() for name in schema.target)

    def codes(self, schema: Schema) -> NDArray[Any] | None:
        if any(name not in self.names for name in schema.target):
            return None
        several = target_of(schema.task) is Target.LABELS
        if several and schema.delimiter is None:
            matrix = np.stack([numbers(self.column(name))[0] for name in schema.target], 1)
            return matrix.astype(np.float32)
        if several:
            labels = texts(self.column(schema.target[0]))
            return to_matrix(split_labels(labels, schema.delimiter or ""), schema.classes, self.ids)
        different, places = factorised(self.column(schema.target[0]))
        first = np.unique(places, return_index=True)[1]
        names = [self.ids[row] for row in first.tolist()]
        return to_codes(np.asarray(different, dtype=object), schema, self.name, names)[places]

    def fingerprints(self, schema: Schema) -> NDArray[np.uint64]:
        if schema.kind == "text":
            return of_bytes(text.strip().encode() for text in self._texts(schema))
        wanted = (*schema.text, *dict.fromkeys(column.name for column in schema.columns))
        return of_columns((factorised(self.column(name)) for name in wanted), len(self))

    def agreement(self, schema: Schema) -> float:
        # Nobody writes the same text by chance.
        names = () if schema.text else dict.fromkeys(column.name for column in schema.columns)
        return chance_of_equal((factorised(self.column(name))[1] for name in names), len(self)) if names else 0.0

    def contents(self, schema: Schema, recorded: Mapping[str, str]) -> dict[str, str]:
        weight = () if schema.weight is None else (schema.weight,)
        read = dict.fromkeys((*schema.text, *(column.name for column in schema.columns), *schema.target, *weight))
        there = (name for name in read if name in self.names)
        return {f"column {name!r}": digest_of_column(self.column(name)) for name in there}

    def notes(self, schema: Schema, config: DataConfig) -> list[str]:
        values = schema.values
        notes = [
            *_styles(values),
            *self._doubtful_dates(values),
            *(column_notes(values, self._matrix(values)) if values else ()),
        ]
        notes += self._not_known(schema)
        empty = sum(not text.strip() for text in self._texts(schema)) if schema.kind == "mixed" else 0
        if empty:
            notes.append(f"{empty:,} of {len(self):,} training rows have no text")
        constant = [column.name for column in schema.categories if len(self._counts(column.name)) == 1]
        if constant:
            notes.append(f"the same value in every training row: {', '.join(map(repr, constant[:5]))}")
        return notes

    def unknown(self, schema: Schema) -> list[str]:
        known = [column for column in schema.categories if column.values]
        return [
            *self._not_known(schema),
            *shifted_numbers(schema.values, self._matrix(schema.values), self.ids),
            *shifted_categories(known, [self._places(column) for column in known]),
        ]

    def _not_known(self, schema: Schema) -> list[str]:
        found = self._unknown_words(schema) if schema.text else []
        for column in schema.values:
            values, strange = numbers(self.column(column.name), column.style)
            found += self._told(column.name, strange, "no numbers and count as missing")
            found += self._told(column.name, np.flatnonzero(np.isinf(values)), "infinite and count as missing")
        for column in schema.categories:
            if column.values:
                rows = np.flatnonzero(self._places(column) == UNKNOWN_VALUE)
                found += self._told(column.name, rows, "not known, or too rare to be learnt")
        return found

    def _doubtful_dates(self, columns: Sequence[Column]) -> list[str]:
        """Dates of which no day is beyond 12: which number is the month is a guess."""
        found = []
        for column in columns:
            style = exchanged(column.style) if column.part == "value" else None
            if style is not None and not numbers(self.column(column.name), style)[1]:
                found.append(
                    f"{column.name!r}: the month was taken to be first, and no day shows whether it is; if it is not, "
                    "write these dates as 2024-12-31"
                )
        return found

    def _told(self, name: str, rows: Sequence[int] | Rows, what: str) -> list[str]:
        if not len(rows):
            return []
        text = texts(self.column(name))[int(rows[0])]
        return [f"{len(rows):,} values of {name!r} are {what} (such as {text!r}, {self.ids[int(rows[0])]})"]

    def _unknown_words(self, schema: Schema) -> list[str]:
        unknown, total, strange = unknown_words(schema, self._texts(schema))
        if not strange and unknown <= _STRANGE * total:
            return []
        alone = f"; {strange:,} texts have no other" if strange else ""
        return [f"{unknown:,} of {total:,} words are not known, or too rare to be learnt{alone}"]

    def _require_columns(self, schema: Schema) -> None:
        known = dict.fromkeys(self.names)
        for name in (*schema.text, *(column.name for column in schema.columns)):
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"; rename {near[0]!r}?" if near else ""
                raise DataError(
                    f"{self.name}: there is no column {name!r}, which the model reads{hint} "
                    f"(the columns are {', '.join(map(repr, known))})"
                )

    def _texts(self, schema: Schema) -> list[str]:
        columns = [texts(self.column(name)) for name in schema.text]
        return ["\n".join(map(str, row)) for row in zip(*columns, strict=True)]

    def _matrix(self, columns: Sequence[Column]) -> NDArray[np.float64]:
        read = [parted(numbers(self.column(column.name), column.style)[0], column.part) for column in columns]
        # Column after column, as they are read.
        return np.stack(read).T if read else np.zeros((len(self), 0))

    def _counts(self, name: str) -> dict[str, int]:
        """How often each value of a category is there, the most frequent first; "" where there is none."""
        values, places = factorised(self.column(name))
        return by_frequency(zip(values, np.bincount(places, minlength=len(values)).tolist(), strict=True))

    def _with_values(self, column: Column) -> Column:
        return with_values(column, self._counts(column.name), len(self))

    def _places(self, column: Column) -> NDArray[np.int64]:
        unique, places = factorised(self.column(column.name))
        known = {value: 1 + place for place, value in enumerate(column.values)}
        own = ["" if value.strip() in MISSING else value for value in unique]
        return np.asarray([known.get(value, UNKNOWN_VALUE) for value in own], dtype=np.int64)[places]


def by_frequency(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """How often each value is there, the most frequent first; "" where there is none."""
    found: Counter[str] = Counter()
    for value, count in counts:
        found["" if value.strip() in MISSING else value] += count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def with_values(column: Column, counts: Mapping[str, int], rows: int) -> Column:
    """A category with its values that can be learnt: frequent ones, and that there is none."""
    least = _LEAST if rows >= _MANY else 1
    frequent = [(value, count) for value, count in counts.items() if count >= least]
    values, shares = zip(*frequent[:MOST_VALUES], strict=True) if frequent else ((), ())
    return replace(column, values=values, shares=tuple(count / rows for count in shares))


def _styles(columns: Sequence[Column]) -> list[str]:
    """How numbers that are not written plainly are read."""
    said = {
        style: [repr(column.name) for column in columns if column.style == style]
        for style in dict.fromkeys(column.style for column in columns if column.style != PLAIN)
    }
    return [_style(", ".join(names), style) for style, names in said.items()]


def _style(names: str, style: str) -> str:
    if not style.startswith(DATE):
        return f"{names}: read as {_AS[style]}"
    form = style.removeprefix(DATE).strip()
    return f"{names}: read as dates written {form}" if form else f"{names}: read as dates"


_AS = {
    CLOCK: "hours, of which minutes and seconds are parts",
    COMMAS: "numbers, of which signs, units and commas between thousands are taken off",
    DECIMAL_COMMA: "numbers with a decimal comma",
}
