"""All that was learnt from the training rows about reading rows: enough to read others in the same way."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from ...files import read_json, write_text
from ..config.groups import LossConfig
from ..tasks.registry import task_class

if TYPE_CHECKING:
    from ..tasks.base import Task

KINDS = ("image", "signal", "text", "tabular", "mixed", "tensor")
_TOKENIZER = "tokenizer.json"
_BYTE = 255.0
# What of a column a number can be.
_PARTS = ("value", "missing", "month", "weekday", "hour")
UNKNOWN_TOKEN, UNKNOWN_VALUE = 1, 0
# Steps between the quantiles that are kept of a column, from its least value to its largest.
STEPS = 20
# White, in a picture of whole bytes.
BYTE = 255.0


@dataclass(frozen=True)
class Column:
    """A column of a table and how it becomes numbers.

    Attributes:
        name: as in the table.
        style: how a number is written: `numbers.find_style`.
        part: what of it is read: its "value", whether it is "missing", or of a date the "month", "weekday" or "hour".
        scale: of heavy tails, asinh((value − fill) / scale) stands for the value; 0: the value itself.
        kind: "number": (value − mean) / std, where a missing value is `fill`; "category": 1 + the place in
            `values`, of which "" is a missing one, and 0 for an unknown value.
        quantiles, missing: of the training rows' numbers, in equal steps from the least value to the largest; and the
            share of those that are missing. Nothing is read by them: they tell whether other rows are alike.
        shares: of each of the `values` in the training rows.
    """

    name: str
    kind: Literal["number", "category"]
    mean: float = 0.0
    std: float = 1.0
    fill: float = 0.0
    style: str = "number"
    part: str = "value"
    scale: float = 0.0
    values: tuple[str, ...] = ()
    quantiles: tuple[float, ...] = ()
    missing: float = 0.0
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class Schema:
    """From a row to the model's input, and from the model's output to a class.

    Attributes:
        kind: "image", "signal" (channels over time), "text", "tabular", "mixed" (columns and texts), or "tensor" (taken
            as it is).
        task: the name of what is learnt, as `crossent.train.tasks` knows it.
        classes: the C names, in the order of the logits; of a binary task the negative class, then the positive.
        input_shape: of one input: (K, H, W), (length,), (features,).
        target: the columns of the labels.
        labels: how each class is written in the source: the pixel values of masks, "1" to "10", ….
        delimiter: between the labels of one row.
        ignore_index: the target that does not count.
        weight: the column of the weights of the rows.
        columns: of a table.
        counted: how many columns the source had, where it has no names for them: column1, column2, ….
        text: the columns that are read as text, one after the other.
        tokenizer: "ngrams", "words", "subwords" or "characters"; "tokens" of a pretrained model.
        vocabulary: the number of tokens; 0 is padding, 1 is unknown, but in those of a pretrained model.
        padding: the token that fills up a batch.
        max_length: tokens of a text that are read.
        mean, std: per channel of images in [0, 1], or of signals.
        white: what the whole numbers of images in arrays are divided by; numbers with a point are taken as they are.
            None in runs of version 0.1, which took the largest number at hand.
        arguments: of the model, by which it gets several inputs; without any, by their order.
        tokenizer_json: the tokenizer, which is saved as a file beside the schema.
    """

    kind: str
    task: str
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    target: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    delimiter: str | None = None
    ignore_index: int | None = None
    weight: str | None = None
    columns: tuple[Column, ...] = ()
    counted: int = 0
    text: tuple[str, ...] = ()
    tokenizer: str | None = None
    vocabulary: int = 0
    padding: int = 0
    max_length: int = 0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    white: float | None = None
    arguments: tuple[str, ...] = ()
    tokenizer_json: str | None = None

    def new_task(self, loss: LossConfig | None = None) -> Task:
        """The task of these classes, whose loss has these settings but no weights yet."""
        own = None if loss is None else loss.ignore_index
        task = task_class(self.task)(self.classes, loss, ignore_index=self.ignore_index if own is None else own)
        task.arguments = self.arguments
        return task

    @property
    def numbers(self) -> tuple[Column, ...]:
        """The numeric columns, in the order of the model's input."""
        return tuple(column for column in self.columns if column.kind == "number")

    @property
    def used(self) -> set[str]:
        """The columns of a table that are read."""
        weight = () if self.weight is None else (self.weight,)
        return {*self.text, *(column.name for column in self.columns), *self.target, *weight}

    @property
    def values(self) -> tuple[Column, ...]:
        """The numeric columns of the table, each once."""
        return tuple(column for column in self.numbers if column.part == "value")

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one row of an array, which has no place for what else is read of a column."""
        return (len(self.values),) if self.kind == "tabular" else self.input_shape

    @property
    def categories(self) -> tuple[Column, ...]:
        """The categorical columns, in the order of the model's input."""
        return tuple(column for column in self.columns if column.kind == "category")

    @property
    def unknown(self) -> tuple[int | None, ...]:
        """The code of an unknown value in each tensor of the model's input, None in those of numbers."""
        numbers, categories = (None,) * bool(self.numbers), (UNKNOWN_VALUE,) * bool(self.categories)
        # Of a bag of n-grams nearly every text has unknown ones beside known ones, and its model leaves out some; and
        # what a pretrained model has not met while it learnt, it need not meet now.
        text = None if self.tokenizer in ("ngrams", "tokens") else UNKNOWN_TOKEN
        return (*numbers, *categories, *((text,) if self.text else ()))

    def save(self, folder: Path) -> None:
        """Write schema.json, and tokenizer.json for text, into a folder that exists or can be made.

        Example::

            >>> from pathlib import Path
            >>> from tempfile import TemporaryDirectory
            >>> schema = Schema("tensor", "binary", ("no", "yes"), (4,))
            >>> with TemporaryDirectory() as folder:
            ...     schema.save(Path(folder))
            ...     Schema.load(Path(folder)) == schema
            True
        """
        folder.mkdir(parents=True, exist_ok=True)
        if self.tokenizer_json is not None:
            write_text(folder / _TOKENIZER, self.tokenizer_json)
        content = {name: value for name, value in asdict(self).items() if name != "tokenizer_json"}
        write_text(folder / "schema.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Schema:
        """Read what `save` has written.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: it is not that.
        """
        content = read_json(folder / "schema.json")
        known = {item.name for item in fields(cls)}
        schema = cls(**{name: _frozen(value) for name, value in content.items() if name in known})
        columns = tuple(Column(**{name: _frozen(value) for name, value in column.items()}) for column in schema.columns)  # type: ignore[attr-defined]
        text = (folder / _TOKENIZER).read_text(encoding="utf-8") if schema.tokenizer else None
        read = replace(schema, columns=columns, tokenizer_json=text)
        for part in (read, *columns):
            check_types(part)
        for column in columns:
            if len(column.quantiles) not in (0, STEPS + 1) or column.part not in _PARTS:
                raise ValueError(f"column {column.name!r}: {len(column.quantiles)} quantiles, {column.part!r}")
        if read.kind not in KINDS or not read.classes or min(read.input_shape, default=1) < 1:
            raise ValueError(f"{len(read.classes)} classes of inputs of the shape {read.input_shape} ({read.kind})")
        words, channels = (read.tokenizer, read.text), len(read.mean)
        needed = {
            "tabular": (columns,),
            "text": words,
            "mixed": (columns, *words),
            "image": (channels,),
            "signal": (channels,),
        }
        if not all(needed.get(read.kind, ())):
            raise ValueError(f"{read.kind} inputs without columns, texts, a tokenizer or a mean")
        if channels != len(read.std) or (channels and read.input_shape[:1] != (channels,)):
            raise ValueError(f"a mean of {channels} channels for inputs of the shape {read.input_shape}")
        if min(read.vocabulary, read.max_length) < 0:
            raise ValueError(f"a vocabulary of {read.vocabulary} and texts of {read.max_length} tokens")
        if read.white is not None and not 0 < read.white < float("inf"):
            raise ValueError(f"images whose white is {read.white}")
        return read


@dataclass(frozen=True)
class Reading:
    """How a pretrained model reads texts or images: nothing of it is learnt from the data at hand.

    Attributes:
        tokenizer_json, vocabulary, padding, max_length: of texts, as in `Schema`.
        size: of images, the side that they are brought to.
        mean, std: of images in [0, 1], per channel, or one for all.
    """

    tokenizer_json: str | None = None
    vocabulary: int = 0
    padding: int = 0
    max_length: int = 0
    size: int | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def applied(self, schema: Schema, white: float, max_length: int | None) -> Schema | None:
        """The schema with what it says of such inputs; None where it says nothing of them.

        Args:
            schema: of the data.
            white: what a pixel is divided by; images in other units have a mean of their own.
            max_length: the most tokens of a text that are wanted.
        """
        if schema.kind == "text" and self.tokenizer_json is not None:
            most = min(self.max_length, max_length or self.max_length)
            return replace(
                schema,
                tokenizer="tokens",
                tokenizer_json=self.tokenizer_json,
                vocabulary=self.vocabulary,
                padding=self.padding,
                max_length=most,
                input_shape=(most,),
            )
        if schema.kind == "image" and self.mean and white == _BYTE:
            channels = schema.input_shape[0]
            mean, std = (_per_channel(values, channels) for values in (self.mean, self.std))
            return replace(schema, mean=mean, std=std)
        return None


def _per_channel(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """One number for each channel: those given, where there are as many, else their mean."""
    return values if len(values) == channels else (sum(values) / len(values),) * channels


def check_types(part: Any) -> None:
    """Raise a ValueError for the first field of a dataclass that is not of its type: files may be from anybody."""
    for name, kind in get_type_hints(type(part)).items():
        value = getattr(part, name)
        if not _is(value, kind):
            raise ValueError(f"{name} is {str(value)[:80]!r}, which it cannot be")


def _is(value: Any, kind: Any) -> bool:
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return value in parts
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_is(item, parts[0]) for item in value)
    if parts:
        return any(_is(value, part) for part in parts)
    # A whole number is a number too, if it is no larger than arrays hold, and True is none.
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, int):
        return kind in (int, float) and abs(value) < 2**63
    return isinstance(value, kind)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
