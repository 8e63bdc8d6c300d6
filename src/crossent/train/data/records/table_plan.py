"""The use of the columns of a table: the labels, the inputs, and those that are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from ....printable import in_shell
from ....wording import listed
from ...config.data import DataConfig, forced, names
from ...config.rules import SettingError
from ...errors import DataError
from ...tasks.registry import target_of
from ...tasks.target import Target
from ..columns import TARGETS, LabelColumns, Role, factorised, find_target, numbers, require_column, role_of, texts
from ..labels import INDICATORS, LIST_DELIMITER, class_names, divided, in_order, list_delimiter, split_labels, task_for
from ..numbers import MISSING
from ..schema import Column, Schema
from .table_rows import TableRows

_SAMPLE = 100_000
# Values of a column that might be the labels.
_FEW = 20
_ALONE = "there is no other (columns are divided by tabs, ;, |, commas, or blanks between numbers)"


def plan_table(parts: Sequence[TableRows], config: DataConfig) -> Schema:
    """The schema of the parts, the training part first."""
    train = parts[0]
    target = label_columns(train, config).names
    kind, columns, text = _inputs(train, target, config)
    if config.weight is not None:
        require_column("data.weight", config.weight, train.names)
        if config.weight in (*target, *text):
            raise SettingError("data.weight", "a column that is neither label nor text", config.weight, "weight")
    schema = Schema(
        kind, "multiclass", (), (len(columns),), target=target, columns=columns, text=text, weight=config.weight
    )
    if not train.named:
        schema = replace(schema, counted=len(train.names))
    return _labels(schema, parts, config)


def label_columns(train: TableRows, config: DataConfig) -> LabelColumns:
    """The columns of the labels, and why it is they."""
    if train.target:
        return LabelColumns(train.target, "the labels that were given")
    # Lists of labels are mostly different.
    lists = config.delimiter is not None or config.task == "multilabel"
    return find_target(train.names, names(config.target), None if lists else train.column)


def roles(train: TableRows, target: Sequence[str], config: DataConfig) -> dict[str, Role]:
    """The role of each column but the labels."""
    sample = _sample(train)
    dropped = names(config.drop)
    for name in dropped:
        require_column("data.drop", name, train.names)
    types = forced(config.types)
    for name in types:
        require_column("data.types", name, train.names)
    found = {}
    for name in train.names:
        if name in target:
            continue
        if name in dropped:
            found[name] = Role("", "data.drop")
        elif name == config.group:
            found[name] = Role("", "data.group")
        elif name == config.time:
            found[name] = Role("", "data.time")
        elif name == config.weight:
            found[name] = Role("", "data.weight")
        else:
            found[name] = role_of(name, sample.column(name), types.get(name, ""))
    return found


def _inputs(
    train: TableRows, target: Sequence[str], config: DataConfig
) -> tuple[str, tuple[Column, ...], tuple[str, ...]]:
    asked = names(config.text)
    for name in asked:
        require_column("data.text", name, train.names)
        if name in target:
            raise SettingError("data.text", "a column that is not the target", name, "text")
    found = roles(train, target, config)
    columns = tuple(
        Column(name, "number", style=role.style) if role.kind == "number" else Column(name, "category")
        for name, role in found.items()
        if role.kind in ("number", "category")
    )
    columns = tuple(column for column in columns if column.name not in asked)
    long = [name for name, role in found.items() if role.kind == "text"]
    kind = config.kind
    if kind in ("image", "signal"):
        raise SettingError("data.kind", f"tabular or text for the rows of {train.name}", kind, "tabular")
    if kind == "auto":
        kind = "tabular" if not (asked or long) else "mixed" if columns else "text"
    if kind == "mixed" and not columns:
        raise SettingError("data.kind", "text, since no column of numbers or categories is left", kind, "text")
    if kind in ("text", "mixed"):
        text = asked or tuple(long) or _wordiest(train, found)
        if not text:
            raise SettingError("data.text", "a column with text", "none that looks like it", train.names[0])
        return kind, columns if kind == "mixed" else (), text
    if not columns:
        reasons = ", ".join(f"{name!r} ({role.reason or role.kind})" for name, role in found.items())
        raise DataError(f"{train.name}: no column is left to learn from beside {target[0]!r}: {reasons or _ALONE}.")
    return "tabular", columns, ()


def _wordiest(train: TableRows, found: dict[str, Role]) -> tuple[str, ...]:
    strings = {name: role.length for name, role in found.items() if role.kind == "category"}
    for name, role in found.items():
        if role.reason.startswith("another value"):
            strings[name] = float(np.mean([len(str(text)) for text in texts(train.column(name))[:1000]]))
    return (max(strings, key=lambda name: strings[name]),) if strings else ()


def left_out(train: TableRows, schema: Schema, config: DataConfig) -> list[str]:
    """The columns that are not used, in a sentence."""
    used = {*schema.target, *schema.text, *(column.name for column in schema.columns)}
    reasons: dict[str, list[str]] = {}
    for name, role in roles(train, schema.target, config).items():
        if name not in used and role.reason not in ("data.drop", "data.group", "data.time", "data.weight"):
            reason = role.reason or ("text" if role.kind == "text" else "beside the text")
            reasons.setdefault(reason, []).append(repr(name) if name else "the one without a name")
    said = [f"{', '.join(found[:5])}{' …' if len(found) > 5 else ''} ({reason})" for reason, found in reasons.items()]
    lines = [f"columns left out: {'; '.join(said)}"] if said else []
    return [*lines, *_doubtful_labels(train, schema, config), *_copies_of_label(train, schema)]


def _doubtful_labels(train: TableRows, schema: Schema, config: DataConfig) -> list[str]:
    """Labels that seem to be several, of which one was asked for by nobody."""
    if schema.delimiter is not None or len(schema.target) != 1:
        return []
    mark = divided(schema.labels) if config.task == "auto" else None
    if mark is not None:
        example = next(label for label in schema.labels if mark in label)
        return [
            f"labels such as {example!r} look like several in one: if they are, write --data.delimiter {in_shell(mark)}"
        ]
    beside = [column.name for column in schema.columns if column.part == "value"]
    if schema.kind == "mixed" and config.target is None and set(schema.labels) == {"0", "1"}:
        values = [numbers(train.column(name))[0] for name in beside]
        if all(np.isin(column, (0, 1)).all() for column in values):
            both = ",".join((*beside, *schema.target))
            return [
                f"all columns beside the text hold 0 and 1: if all of them are labels, write --target {in_shell(both)}"
            ]
    return []


def _copies_of_label(train: TableRows, schema: Schema) -> list[str]:
    """Inputs with a value of their own for each class."""
    if len(schema.target) != 1 or target_of(schema.task) is not Target.CLASS:
        return []
    sample = _sample(train)
    classes, labels = factorised(sample.column(schema.target[0]))
    found = []
    for name in dict.fromkeys(column.name for column in schema.columns):
        values, places = factorised(sample.column(name))
        if len(values) == len(classes) == len(np.unique(places * len(classes) + labels)):
            found.append(name)
    if not found:
        return []
    shown = ", ".join(map(repr, found))
    leave = f"if it is made from the labels, leave it out: --data.drop {in_shell(','.join(found))}"
    return [f"{shown}: one value for each class and no other, as a copy of the label has; {leave}"]


def _sample(train: TableRows) -> TableRows:
    """Rows from all over the table, or all of them."""
    if len(train) <= _SAMPLE:
        return train
    return train.take(np.linspace(0, len(train) - 1, _SAMPLE).astype(np.int64))


def _labels(schema: Schema, parts: Sequence[TableRows], config: DataConfig) -> Schema:
    where = parts[0].name
    if len(schema.target) > 1:
        task = task_for(config.task, Target.LABELS, "multilabel", "multilabel for several target columns")
        for part in parts:
            _check_binary_columns(part, schema.target)
        return replace(schema, task=task, classes=schema.target, labels=schema.target)
    columns = [part.column(schema.target[0]) for part in parts]
    values = np.concatenate([texts(column).astype(object) for column in columns])
    if pa.types.is_dictionary(columns[0].type) and columns[0].type.ordered and config.delimiter is None:
        return _ordered(schema, columns[0], values, config.task, where)
    delimiter = config.delimiter or _delimiter(columns[0], values, config.task)
    if delimiter is None:
        where = f"{where}, column {schema.target[0]!r}"
        try:
            return class_names(schema, values, config.task, None, where)
        except DataError as error:
            sure = config.target is not None or schema.target[0].lower() in TARGETS
            few = [] if sure else _with_few_values(parts[0], schema.target[0])
            if not few:
                raise
            raise DataError(f"{error} --target names another column; few values have {listed(few)}.") from None
    task = task_for(config.task, Target.LABELS, "multilabel", "multilabel where data.delimiter is set")
    classes = in_order(sorted({label for row in split_labels(values, delimiter) for label in row}))
    if delimiter == INDICATORS:
        classes = tuple(map(str, range(int(classes[-1]) + 1 if classes else 0)))
    if not classes:
        raise DataError(f"{where}: no row has a label in the column {schema.target[0]!r}.")
    return replace(schema, task=task, classes=classes, labels=classes, delimiter=delimiter)


def _with_few_values(train: TableRows, target: str) -> list[str]:
    """The columns that might be the labels instead."""
    sample = _sample(train)
    others = (name for name in train.names if name != target)
    return [repr(name) for name in others if 2 <= len(set(factorised(sample.column(name))[0]) - MISSING) <= _FEW]


def _ordered(schema: Schema, column: pa.ChunkedArray, values: np.ndarray, task: str, where: str) -> Schema:
    """Classes that come with their order keep it, and those without a row."""
    classes = tuple(str(value) for value in column.chunk(0).dictionary.to_pylist())
    named = class_names(schema, values, task, None, f"{where}, column {schema.target[0]!r}")
    usual = "binary" if len(classes) == 2 else "multiclass"
    return replace(named, task=task_for(task, Target.CLASS, usual, usual), classes=classes, labels=classes)


def _delimiter(column: pa.ChunkedArray, values: np.ndarray, task: str) -> str | None:
    found = list_delimiter(values)
    if found is not None:
        return found
    if any(LIST_DELIMITER in value for value in values[:1000]) or pa.types.is_list(column.type):
        return LIST_DELIMITER
    if task == "auto" or target_of(task) is not Target.LABELS:
        return None
    counts = {mark: sum(mark in value for value in values) for mark in ("|", ";", ",", " ")}
    best = next((mark for mark, count in counts.items() if count), None)
    return best or ","


def _check_binary_columns(part: TableRows, target: Sequence[str]) -> None:
    for name in target:
        values, strange = numbers(part.column(name))
        wrong = [*strange, *np.flatnonzero(~np.isnan(values) & (values != 0) & (values != 1)).tolist()]
        if wrong:
            text = texts(part.column(name))[wrong[0]]
            raise DataError(
                f"{part.ids[wrong[0]]}: several target columns hold 0 and 1 each (or nothing: unknown), "
                f"but {name!r} is {str(text)!r} here."
            )
