"""The settings of the data; free of torch, for the command line's sake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .rules import SettingError, check, choice, fraction, is_whole, optional, optional_text, setting, share

_FILE = "a path"


def _optional_whole(low: int, example: int) -> int | None:
    made: int | None = setting(
        None,
        f"a whole number of at least {low}, or nothing",
        lambda v: v is None or (is_whole(v) and v >= low),
        example,
    )
    return made


@dataclass(frozen=True)
class DataConfig:
    """The labelled data: where they are, what is in them, how they are split.

    Args:
        source: "digits", "breast_cancer" or "wine" (inside scikit-learn); a file of rows (.csv, .tsv, .txt, .jsonl,
            .parquet, .arrow, .xlsx, .sqlite) or of arrays (.npz); a folder with one folder of images per class, with
            images/ and masks/, or with one file per split (train.csv, val.csv, test.csv), or packed as .zip or .tar;
            a folder of .parquet or .arrow files, or the address of one (s3://, gs://, hdfs://); or the URL of a
            database.
        query: What to read of a database, in SQL; by default its only table.
        val: The validation data, where they are a source of their own.
        test: The test data, where they are a source of their own.
        kind: What the inputs are; "auto" looks at the columns: long or many different texts are text, beside numbers
            and categories "mixed"; "tabular" and "text" read these parts of them alone. Arrays by their shape:
            (N, channels, steps) are signals.
        task: What is learnt: "multiclass", "binary", "multilabel", "segmentation", or a task of your own; "auto" looks
            at the labels: two classes are "binary".
        target: The column of the labels, or several 0/1 columns with commas between them. By default "label",
            "target", "class" or "y", else the last column.
        positive: Of two classes, the one that is looked for; by default the second in alphabetical order.
        class_names: A file with the names of classes, a line each, for labels that are numbers.
        delimiter: What stands between the labels of one row, such as "|": makes the task "multilabel".
        text: The columns that are text, with commas between them.
        types: What columns are, where it is not what they look like: number, date, category or text.
        drop: Columns to leave out, with commas between them.
        group: Rows with the same value in this column stay in the same part of the split.
        time: Split by the dates or numbers of this column: the last rows test, those before them validate.
        weight: The column of the weights of the rows, of at least 0: a row of weight 2 counts twice, in the loss and in
            the figures. It is no input.
        val_fraction: Share of the rows, of each class, that early stopping looks at.
        fold: Which part of a cross-validation tests, such as 2/5, the second of five; test_fraction is not looked at.
        test_fraction: Share of the rows, of each class, kept for the one test at the end; 0: none is made.
        on_bad_row: What to do with a row or image that cannot be read or has no label.
        header: Whether the first line of a text file names the columns: "first", "none", or "auto" to find out.
        encoding: How text files are written; "auto" takes UTF-8, with or without a mark, UTF-16 with one, else GB18030.
        image_size: Height and width that images are brought to; by default their own, if all have the same.
        ignore_index: The value of mask pixels that do not count; by default 255, but in masks of 0 and 255 alone.
        max_length: Tokens of a text that are read; by default what 95 of 100 texts need, at most 512; of n-grams words,
            by default 4096.
        tokenizer: What texts are cut into: "ngrams" makes a text a bag of its words, of pairs of them and of parts of
            words. "auto" takes these for the model widedeep, else characters for Chinese and Japanese, else words.
        vocabulary: Most different tokens, by default 20,000; of n-grams words, by default all.
        memory_mb: Data larger than this are read from disk batch by batch.
        stream: Whether the rows of Parquet or Arrow files are streamed, never in memory together; "auto" streams
            folders of them that take more than memory_mb.
        augment: Random changes to the training images: "shift" moves them, "flip" also mirrors them, "strong" also
            blanks a square and changes the light; "auto" shifts grey images and flips those in colour.
    """

    source: str = setting("digits", "a path or the name of a data set", lambda v: isinstance(v, str) and v != "")
    query: str | None = optional_text("select * from customers", "a query in SQL")
    val: str | None = optional_text("val.csv", _FILE)
    test: str | None = optional_text("test.csv", _FILE)
    kind: Literal["auto", "tabular", "text", "mixed", "image", "signal"] = choice(
        "auto", "auto", "tabular", "text", "mixed", "image", "signal"
    )
    task: str = setting("auto", "auto or the name of a task", lambda v: isinstance(v, str) and v != "", "multiclass")
    target: str | None = optional_text("label", "the name of a column")
    positive: str | None = optional_text("churned", "the name of a class")
    class_names: str | None = optional_text("classes.txt", _FILE)
    delimiter: str | None = optional_text("|", "the characters between two labels")
    text: str | None = optional_text("review", "names of columns with commas between them")
    types: str | None = optional(
        "column=type with commas between them, of the types number, date, category, text",
        lambda v: _are_types(v),
        "zip=category,opened=date",
    )
    drop: str | None = optional_text("id", "names of columns with commas between them")
    group: str | None = optional_text("patient", "the name of a column")
    time: str | None = optional_text("day", "the name of a column")
    weight: str | None = optional_text("weight", "the name of a column")
    val_fraction: float = fraction(0.15)
    test_fraction: float = share(0.15)
    fold: str | None = optional("a part and how many there are, such as 2/5", lambda v: _is_fold(v), "1/5")
    on_bad_row: Literal["error", "skip"] = choice("error", "error", "skip")
    header: Literal["auto", "first", "none"] = choice("auto", "auto", "first", "none")
    encoding: str = setting("auto", "the name of an encoding", lambda v: _is_encoding(v), "gb18030")
    image_size: int | None = _optional_whole(4, 64)
    ignore_index: int | None = _optional_whole(0, 255)
    max_length: int | None = _optional_whole(1, 256)
    tokenizer: Literal["auto", "ngrams", "words", "subwords", "characters"] = choice(
        "auto", "auto", "ngrams", "words", "subwords", "characters"
    )
    vocabulary: int | None = _optional_whole(100, 50_000)
    memory_mb: int = setting(2048, "a whole number of at least 0", lambda v: is_whole(v) and v >= 0)
    stream: Literal["auto", "always", "never"] = choice("auto", "auto", "always", "never")
    augment: Literal["auto", "none", "shift", "flip", "strong"] = choice(
        "auto", "auto", "none", "shift", "flip", "strong"
    )

    def __post_init__(self) -> None:
        check(self, "data.")
        if self.val_fraction + self.test_fraction >= 1:
            expected = f"a number that leaves rows to train on beside data.test_fraction={self.test_fraction:g}"
            raise SettingError("data.val_fraction", expected, self.val_fraction, (1 - self.test_fraction) / 4)


def forced(text: str | None) -> dict[str, str]:
    """The types of columns that are given, by name."""
    return {name.strip(): kind.strip() for name, _, kind in (item.rpartition("=") for item in names(text))}


def _are_types(text: object) -> bool:
    return isinstance(text, str) and all(
        name and kind in ("number", "date", "category", "text") for name, kind in forced(text).items()
    )


def _is_fold(text: object) -> bool:
    found = re.fullmatch(r"(\d+)/(\d+)", text) if isinstance(text, str) else None
    return found is not None and 1 <= int(found[1]) <= int(found[2]) >= 2


def _is_encoding(name: object) -> bool:
    import codecs

    if name == "auto":
        return True
    try:
        codecs.lookup(str(name))
    except LookupError:
        return False
    return True


def refuse(config: DataConfig, fields: tuple[str, ...], why: str) -> None:
    """Raise for the first of these settings that is set: the data have no use for it."""
    for name in fields:
        if getattr(config, name) is not None:
            raise SettingError(f"data.{name}", f"nothing, since {why}", getattr(config, name), None)


def names(text: str | None) -> tuple[str, ...]:
    """Names with commas between them, as a tuple."""
    return tuple(name.strip() for name in text.split(",") if name.strip()) if text else ()
