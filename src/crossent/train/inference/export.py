"""A trained model as ONNX or as a torch.export program, kept only if it gives the same numbers."""

from __future__ import annotations

import difflib
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ...extras import MissingPackageError, require
from ...files import replacing
from ...printable import in_shell
from ..data.dataset import Dataset
from ..data.records.base import Records
from ..data.schema import BYTE, Schema
from ..evaluation.passes import to_device
from ..tasks.base import Task

FORMATS = (".onnx", ".pt2")
# Real samples that the file is checked on: as traced, and in a batch of another size.
_TRACED, _OTHER = 2, 7
# Share of the largest logit: another order of float32 additions gives less.
_TOLERANCE = 1e-4


class ExportError(RuntimeError):
    """A model cannot be exported; the text says why and what to do."""


class Trained(Protocol):
    """A finished run, as far as an export needs it."""

    @property
    def model(self) -> nn.Module:
        """With its best weights."""

    @property
    def task(self) -> Task:
        """From logits to probabilities."""

    @property
    def schema(self) -> Schema:
        """How inputs are read, and the classes."""

    @property
    def temperature(self) -> float:
        """Of calibrated probabilities."""

    def part(self, data: Any = None, split: str = "test") -> Dataset:
        """Samples: those given, or a part of what it was trained on."""


class Deployed(nn.Module):
    """The program in the file: from a batch to logits and probabilities.

    Images and signals are taken as their source holds them, and are normalised here; texts and tables as numbers, which
    the schema's tokenizer and columns make of them.
    """

    mean: Tensor | None
    std: Tensor | None

    def __init__(self, run: Trained, records: Records | None) -> None:
        super().__init__()
        white = records.white(run.schema) if records is not None and run.schema.kind == "image" else 1.0
        self.model, self._task = run.model, run.task
        mean, std = (torch.tensor(values) * white for values in (run.schema.mean, run.schema.std))
        # (K, 1, 1) of images, (K, 1) of signals.
        shape = (-1, *[1] * (len(run.schema.input_shape) - 1))
        self.register_buffer("mean", mean.view(shape) if run.schema.mean else None)
        self.register_buffer("std", std.view(shape) if run.schema.mean else None)
        self.bytes = white == BYTE

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and the probabilities of the task."""
        if self.mean is not None and self.std is not None:
            inputs = ((inputs[0].float() - self.mean) / self.std, *inputs[1:])
        logits = self.logits(inputs)
        return logits, self._task.probabilities(logits)

    def logits(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """The model's logits of a batch that is ready for it."""
        logits: Tensor = self._task.logits(self.model, inputs)
        return logits

    def taken(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """A batch that is ready for the model, as the file takes it."""
        if self.mean is None or self.std is None:
            return inputs
        first = inputs[0] * self.std + self.mean
        return (first.round().to(torch.uint8) if self.bytes else first, *inputs[1:])


def export(run: Trained, path: Path, data: Any = None) -> float:
    """Write the model of a run; returns the largest difference of its logits from the model's on real samples.

    The batch size is free, and of texts the length too. The file takes images as `predict` does: bytes, or numbers of
    the arrays it was trained on; their normalisation is inside. The run's schema (classes, columns, tokenizer) goes
    with it: as the ONNX metadata "crossent.schema" and "crossent.classes", or "schema.json" in the program.

    Args:
        run: with the best weights.
        path: ends in .onnx or .pt2.
        data: samples to check it on; by default of the run's own test data.

    Raises:
        ExportError: it cannot be written so, or gives other numbers; no file is left then.
    """
    check_path(path)
    samples = run.part(data, "test")
    if len(samples) < _TRACED:
        raise ExportError(f"an export is checked on at least {_TRACED} samples, got {len(samples)}")
    cpu = torch.device("cpu")
    before = next((parameter.device for parameter in run.model.parameters()), cpu)
    run.model.to(cpu)
    deployed = Deployed(run, samples.records).eval()
    try:
        with _quiet(), torch.no_grad():
            inputs = deployed.taken(_inputs(samples, _TRACED))
            program = _traced(deployed, inputs, run.schema.tokenizer is not None)
            with replacing(path) as temporary:
                write, load = (_write_onnx, _load_onnx) if path.suffix == ".onnx" else (_write_program, _load_program)
                write(program, temporary, _metadata(run, len(inputs)))
                return _check(load(temporary), deployed, samples, path)
    finally:
        run.model.to(before)


def check_path(path: Path) -> None:
    """Make sure that a model can be exported to a path, as far as that can be known beforehand.

    Raises:
        ExportError: it cannot.
    """
    if path.is_dir():
        raise ExportError(f"{str(path)!r} is a folder; write for example {in_shell(path / 'model.onnx')}")
    if path.suffix not in FORMATS:
        near = (difflib.get_close_matches(path.suffix, FORMATS, n=1) or FORMATS)[0]
        better = in_shell(path.with_suffix(near))
        raise ExportError(f"{str(path)!r}: expected a name that ends in {' or '.join(FORMATS)}; write {better}")
    if not path.absolute().parent.is_dir():
        raise ExportError(f"there is no folder {str(path.parent)!r} to write {path.name} to")
    if path.suffix == ".onnx":
        try:
            require("export")
        except MissingPackageError as error:
            raise ExportError(f"{error}, or export to .pt2") from None


def _metadata(run: Trained, inputs: int) -> dict[str, str]:
    schema = run.schema
    return {
        "crossent.inputs": json.dumps(_names(schema, inputs)),
        "crossent.classes": json.dumps(schema.classes, ensure_ascii=False),
        "crossent.schema": json.dumps(asdict(schema), ensure_ascii=False),
        "crossent.temperature": repr(run.temperature),
    }


def _names(schema: Schema, count: int) -> list[str]:
    """The names of the file's inputs."""
    names = {"image": ["pixels"], "signal": ["signals"], "text": ["tokens"]}.get(schema.kind, list(schema.arguments))
    if schema.kind in ("tabular", "mixed"):
        parts = {"numbers": schema.numbers, "categories": schema.categories, "tokens": schema.text}
        names = [name for name, part in parts.items() if part]
    return names if len(names) == count else [f"input{number}" for number in range(1, count + 1)]


def _inputs(samples: Dataset, count: int) -> tuple[Tensor, ...]:
    batch, _ = samples.read(torch.arange(min(count, len(samples))))
    return tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)


def _traced(deployed: Deployed, inputs: tuple[Tensor, ...], text: bool) -> Any:
    free = torch.export.Dim.DYNAMIC
    # Texts come last.
    shapes = (tuple({0: free, 1: free} if text and part is inputs[-1] else {0: free} for part in inputs),)
    try:
        with _one_is_a_size():
            program = torch.export.export(deployed, inputs, dynamic_shapes=shapes, strict=False)
        # A loaded program would refuse the sizes that were assumed not to be 1: what it gives for 1 is checked instead.
        program._guards_code = []
        return program
    # Any: tracing runs the model's own code on stand-ins for tensors.
    except Exception as error:
        raise ExportError(
            f"the model cannot be traced for a free batch size: {_first_line(error)}. "
            "Its forward must not branch on values, nor turn sizes into Python numbers"
        ) from None


def _write_onnx(program: Any, path: Path, metadata: dict[str, str]) -> None:
    inputs, outputs = json.loads(metadata["crossent.inputs"]), ["logits", "probabilities"]
    try:
        made = torch.onnx.export(
            program, dynamo=True, input_names=inputs, output_names=outputs, optimize=True, verbose=False
        )
        assert made is not None, "dynamo=True returns the program"
        made.model.metadata_props.update(metadata)
        made.save(path)
    # Any: an operator without a translation is reported in many ways.
    except Exception as error:
        raise ExportError(f"no ONNX for this model: {_first_line(error)}; try a name that ends in .pt2") from None


def _write_program(program: Any, path: Path, metadata: dict[str, str]) -> None:
    extra = {f"{name.removeprefix('crossent.')}.json": value for name, value in metadata.items()}
    with open(path, "wb") as file:
        torch.export.save(program, file, extra_files=extra)


Model = Callable[[tuple[Tensor, ...]], Tensor]


def _load_onnx(path: Path) -> Model:
    import onnxruntime

    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_inputs()]

    def logits(inputs: tuple[Tensor, ...]) -> Tensor:
        fed = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
        return torch.from_numpy(session.run(["logits"], fed)[0])

    return logits


def _load_program(path: Path) -> Model:
    with open(path, "rb") as file:
        module = torch.export.load(file).module()

    def logits(inputs: tuple[Tensor, ...]) -> Tensor:
        found: Tensor = module(*inputs)[0]
        return found

    return logits


def _check(exported: Model, deployed: Deployed, samples: Dataset, path: Path) -> float:
    worst = 0.0
    for count in (_TRACED, _OTHER, 1):
        ready = to_device(_inputs(samples, count), torch.device("cpu"))
        inputs, wanted = deployed.taken(ready), deployed.logits(ready)
        # Any: a runtime reports what it cannot do in its own ways.
        try:
            found = exported(inputs)
        except Exception as error:
            size = len(inputs[0])
            text = f"{path.name} does not run on {size} samples ({_first_line(error)}); it was not kept"
            raise ExportError(text) from None
        difference = (found.double() - wanted.double()).abs().max().item()
        if not difference <= _TOLERANCE * max(1.0, wanted.abs().max().item()):
            raise ExportError(
                f"{path.name} gives logits that differ by up to {difference:.3g} from the model's on {len(inputs[0])} "
                "real samples; it was not kept"
            )
        worst = max(worst, difference)
    return worst


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _one_is_a_size() -> AbstractContextManager[Any]:
    """Trace free sizes without the assumption that they are at least 2, so that a batch of one sample runs too."""
    from torch.fx.experimental import _config

    # Not documented; where it is gone, the check on one sample says whether it is missed.
    settings: Any = _config
    return (
        nullcontext() if not hasattr(settings, "backed_size_oblivious") else settings.patch(backed_size_oblivious=True)
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch's exporters tell about themselves."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        # Where a model cannot be traced, torch prints the graph it had got to; the error says what matters of it.
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
