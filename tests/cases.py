"""The named instances that drive the tests of the losses: one table per kind of loss, each value with its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from .values import Call, generator, labels, laid_out, logits, masked, probabilities, sample_weights, weights

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "bool")
# More than one of these never need naming.
Shape = tuple[int, ...]
Options = dict[str, Any]


@dataclass(frozen=True)
class Softmax:
    """One instance of the cross entropy or of the negative log likelihood."""

    name: str
    why: str
    shape: Shape
    dim: int = 1
    target: str = "int64"
    logits: str = "normal"
    memory: str = "contiguous"
    weighted: bool = False
    sampled: str = "none"
    ignored: str = "none"
    options: Options = field(default_factory=dict)

    @property
    def by_index(self) -> bool:
        """True if the target holds class indices."""
        return self.target in INTEGERS

    def call(self, dtype: torch.dtype, function: str = "cross_entropy") -> Call:
        """The arguments, the same at every call."""
        noise = generator(self.name)
        dim = self.dim % len(self.shape) if len(self.shape) > 1 else 0
        classes = self.shape[dim]
        target = _target(self.target, self.ignored, self.options, self.shape, dim, noise)
        z = logits(self.logits, self.shape, dim, noise)
        z = masked(z, target, dim, noise) if self.logits == "masked" else z
        z = z.log_softmax(dim) if function == "nll_loss" else z
        given = {"input": laid_out(self.memory, z.to(dtype)), "target": target, **self.options}
        if not self.by_index:
            given["target"] = laid_out(self.memory, target.to(dtype))
        if dim != min(1, len(self.shape) - 1):
            given["dim"] = self.dim
        if self.weighted:
            given["weight"] = weights(classes, noise).to(torch.promote_types(dtype, torch.float32))
        return Call(function, given | sample_weights(self.sampled, self.shape[:dim] + self.shape[dim + 1 :], noise))

    def fits(self, dtype: torch.dtype) -> bool:
        """True if the dtype holds the logits."""
        return self.logits != "huge" or dtype != torch.float16


def _target(kind: str, ignored: str, options: Options, shape: Shape, dim: int, noise: torch.Generator) -> Tensor:
    classes, positions = shape[dim], shape[:dim] + shape[dim + 1 :]
    if kind == "probabilities":
        p = torch.randn(shape, generator=noise).mul(2).softmax(dim)
        if ignored != "none":
            # A row of NaN does not count.
            out = torch.arange(math.prod(positions)) % (1 if ignored == "all" else 3) == 0
            p = torch.where(out.view(positions).unsqueeze(dim), torch.nan, p)
        return p
    y = labels(classes, positions, "int64" if kind == "one_hot" else kind, noise)
    if kind == "one_hot":
        return torch.nn.functional.one_hot(y, classes).movedim(-1, dim).float()
    if ignored != "none":
        y.view(-1)[:: 1 if ignored == "all" else 3] = options.get("ignore_index", -100)
    return y.to(getattr(torch, kind))


_SMOOTHED = {"label_smoothing": 0.1}
_ALL = {"label_smoothing": 0.2, "z_loss": 0.01, "softcap": 3.0, "temperature": 0.75}

SOFTMAX = [
    Softmax("two_classes", "the smallest choice there is", (5, 2)),
    Softmax("one_class", "lse = z: loss and gradient are 0", (4, 1)),
    Softmax("odd", "37 is a multiple of no vector width", (7, 37)),
    Softmax("wide", "1000 classes: many vectors to a row, and a sum whose order matters", (3, 1000)),
    Softmax("one_row", "a batch of one", (1, 10)),
    Softmax("unbatched", "(C,) logits with a 0-d target", (5,)),
    Softmax("sequence", "one axis behind the classes", (2, 3, 4), ignored="some", weighted=True),
    Softmax("image", "two axes behind the classes", (2, 5, 3, 4), ignored="some"),
    Softmax("long", "more positions to a plane than the narrowest tile has (64), and not a multiple", (2, 3, 150)),
    Softmax("volume", "three axes, two of them of one element", (2, 3, 1, 4, 1)),
    Softmax("last", "(N, L, C) with L unequal C", (2, 6, 5), dim=-1, weighted=True, ignored="some"),
    Softmax("image_last", "(N, H, W, C) with W = C", (2, 3, 4, 4), dim=3),
    Softmax("first", "classes on the first axis", (5, 6), dim=0),
    Softmax("channels_last", "the layout of fast convolutions", (2, 5, 3, 4), memory="channels_last", ignored="some"),
    Softmax("transposed", "(C, N) in memory", (6, 5), memory="transposed", weighted=True),
    Softmax("sliced", "gaps between rows and between classes", (5, 7), memory="sliced", ignored="some"),
    Softmax("sliced_image", "strides that no view can merge", (2, 3, 4, 5), memory="sliced"),
    Softmax("expanded", "stride 0: all rows are one", (4, 6), memory="expanded"),
    Softmax("no_rows", "an empty batch", (0, 5)),
    Softmax("no_pixels", "a batch of empty images, weighted", (2, 5, 0), weighted=True),
    Softmax("no_rows_zero", "an empty batch that must not poison the epoch", (0, 5), options={"on_empty": "zero"}),
    Softmax("int32", "labels as NumPy on Windows makes them", (5, 9), target="int32", ignored="some"),
    Softmax("int16", "labels to save memory", (5, 9), target="int16", ignored="some"),
    Softmax("int8", "the narrowest that holds −100", (5, 9), target="int8", ignored="some"),
    Softmax("int8_255", "an ignore_index that int8 cannot hold", (5, 9), target="int8", options={"ignore_index": 255}),
    Softmax("int8_many", "more classes than int8 counts", (5, 300), target="int8", ignored="some"),
    Softmax("uint8", "masks as they are read from PNG", (5, 9), target="uint8"),
    Softmax("uint8_156", "−100 wraps to 156 in uint8, and 156 is a class here", (40, 157), target="uint8"),
    Softmax("uint8_void", "255 = void", (2, 9, 5), target="uint8", ignored="some", options={"ignore_index": 255}),
    Softmax("bool", "two classes as a comparison gives them", (5, 2), target="bool"),
    Softmax("weighted", "class weights, and the mean that they divide by", (6, 4), weighted=True, ignored="some"),
    Softmax("ignored", "the mark of many data sets", (6, 4), ignored="some", options={"ignore_index": -1}),
    Softmax("ignored_class", "a class that does not count", (9, 3), weighted=True, options={"ignore_index": 1}),
    Softmax("all_ignored", "0 / 0", (6, 4), ignored="all"),
    Softmax("all_ignored_zero", "0", (6, 4), ignored="all", weighted=True, options={"on_empty": "zero"}),
    Softmax("smoothed", "torch's rule", (6, 37), ignored="some", options=_SMOOTHED),
    Softmax("smoothed_class", "torch's rule, weighted", (6, 4), weighted=True, ignored="some", options=_SMOOTHED),
    Softmax(
        "smoothed_target", "ours, weighted", (6, 4), weighted=True, ignored="some",
        options={"label_smoothing": 0.1, "smoothing_weight": "target"},
    ),
    Softmax("smoothed_1", "nothing is left of the target", (6, 4), weighted=True, options={"label_smoothing": 1.0}),
    Softmax("z_loss", "lse² of those that count", (6, 4), ignored="some", options={"z_loss": 0.01}),
    Softmax("softcap", "tanh, and its derivative", (6, 4), ignored="some", options={"softcap": 3.0}),
    Softmax("temperature", "softer than soft", (6, 37), ignored="some", weighted=True, options={"temperature": 1.5}),
    Softmax(
        "temperature_image", "and its planes", (2, 5, 3, 4), options={"temperature": 0.5, "label_smoothing": 0.1},
    ),
    Softmax("normalizer", "somebody else's denominator", (6, 4), ignored="some", options={"normalizer": 7.5}),
    Softmax("sampled", "a factor per row, one of them 0", (6, 37), sampled="positions", ignored="some"),
    Softmax("sampled_image", "one per image", (4, 5, 3, 4), sampled="rows", weighted=True, options=_SMOOTHED),
    Softmax("sampled_last", "one per token", (2, 6, 5), dim=-1, sampled="positions", options=_ALL),
    Softmax("sampled_out", "nothing counts", (6, 4), sampled="zeros", options={"on_empty": "zero"}),
    Softmax(
        "sampled_normalizer", "and somebody else's denominator", (6, 4), sampled="positions", weighted=True,
        options={"normalizer": 7.5},
    ),
    Softmax(
        "everything", "all options meet", (2, 5, 3, 2), memory="channels_last", weighted=True, ignored="some",
        options=_ALL,
    ),
    Softmax("probabilities", "soft labels", (5, 7), target="probabilities"),
    Softmax("probabilities_weighted", "and class weights", (5, 7), target="probabilities", weighted=True),
    Softmax("probabilities_image", "all options", (2, 5, 3, 2), target="probabilities", weighted=True, options=_ALL),
    Softmax("probabilities_ignored", "rows of NaN", (7, 37), target="probabilities", ignored="some", weighted=True),
    Softmax(
        "probabilities_ignored_image", "of images", (2, 5, 3, 4), target="probabilities", ignored="some", options=_ALL,
        memory="channels_last",
    ),
    Softmax("probabilities_all_ignored", "0 / 0", (3, 4), target="probabilities", ignored="all"),
    Softmax("probabilities_last", "(N, L, C)", (2, 3, 4), dim=-1, target="probabilities", memory="sliced"),
    Softmax("probabilities_transposed", "(C, N)", (6, 4), target="probabilities", memory="transposed"),
    Softmax("probabilities_unbatched", "(C,) against (C,)", (5,), target="probabilities"),
    Softmax("probabilities_sampled", "a factor per row", (6, 37), target="probabilities", sampled="positions"),
    Softmax(
        "probabilities_sampled_image", "and all options", (4, 5, 3, 2), target="probabilities", weighted=True,
        sampled="rows", options=_ALL,
    ),
    Softmax(
        "probabilities_temperature", "of which the target knows nothing", (6, 9), target="probabilities",
        options={"temperature": 0.5},
    ),
    Softmax("one_hot", "indices in disguise", (6, 4), target="one_hot", weighted=True),
    Softmax("one_hot_smoothed", "every class gets mass", (6, 4), target="one_hot", options=_SMOOTHED),
    Softmax("no_rows_probabilities", "an empty batch of soft labels", (0, 5), target="probabilities"),
    Softmax("large", "±1e4: exp overflows without the shift", (8, 7), logits="large", weighted=True),
    Softmax("large_smoothed", "and every class costs", (8, 7), logits="large", options=_SMOOTHED),
    Softmax("large_probabilities", "and is aimed at", (8, 7), logits="large", target="probabilities"),
    Softmax("huge", "1e30: lse − z must not be formed as it is written", (8, 7), logits="huge"),
    Softmax("huge_smoothed", "and every class costs", (8, 7), logits="huge", options=_SMOOTHED),
    Softmax("dominant", "one class holds all but 1e-26 of the mass", (8, 7), logits="dominant"),
    Softmax("uniform", "loss = log C", (8, 7), logits="uniform", weighted=True),
    Softmax("masked", "−inf where the target is not", (8, 7), logits="masked", weighted=True, ignored="some"),
    Softmax("masked_one_hot", "0 · (−inf) = 0", (8, 7), logits="masked", target="one_hot"),
    Softmax("masked_smoothed", "mass on a masked class costs inf", (8, 7), logits="masked", options=_SMOOTHED),
]  # fmt: skip


@dataclass(frozen=True)
class Sigmoid:
    """One instance of a binary cross entropy; weights are named by the axes that they have of the input's."""

    name: str
    why: str
    shape: Shape
    target: str = "soft"
    values: str = "normal"
    memory: str = "contiguous"
    weight: Shape | None = None
    pos_weight: Shape | None = None
    sampled: str = "none"
    options: Options = field(default_factory=dict)

    def call(self, dtype: torch.dtype, function: str = "binary_cross_entropy_with_logits") -> Call:
        """The arguments, the same at every call; probabilities take no pos_weight."""
        noise = generator(self.name)
        by_scores = function.endswith("logits")
        x = logits(self.values, self.shape, 0, noise) if by_scores else probabilities(self.values, self.shape, noise)
        t = torch.rand(self.shape, generator=noise)
        t = t if self.target == "soft" else (t < 0.4).float()
        if "ignore_index" in self.options:
            t.view(-1)[::3] = self.options["ignore_index"]
        t = t.to(dtype if self.target in ("soft", "hard") else getattr(torch, self.target))
        given = {"input": laid_out(self.memory, x.to(dtype)), "target": t, **self.options}
        for name, shape in (("weight", self.weight), ("pos_weight", self.pos_weight if by_scores else None)):
            if shape is not None:
                given[name] = torch.randint(0, 17, shape, generator=noise).to(dtype) / 4
        return Call(function, given | sample_weights(self.sampled, self.shape, noise))

    def fits(self, dtype: torch.dtype) -> bool:
        """True if the dtype holds the scores."""
        return self.values not in ("huge", "edges") or dtype != torch.float16


SIGMOID = [
    Sigmoid("vector", "one score per sample", (9,)),
    Sigmoid("one", "a 0-d score", ()),
    Sigmoid("odd", "37 is a multiple of no vector width", (3, 37), target="hard"),
    Sigmoid("image", "four axes", (2, 3, 4, 5), target="hard"),
    Sigmoid("channels_last", "read in memory order", (2, 3, 4, 5), memory="channels_last"),
    Sigmoid("transposed", "(C, N) in memory", (4, 6), memory="transposed"),
    Sigmoid("sliced", "gaps between all elements", (3, 4, 5), memory="sliced"),
    Sigmoid("expanded", "stride 0", (4, 6), memory="expanded"),
    Sigmoid("empty", "no element", (0, 3)),
    Sigmoid("empty_zero", "no element, and no NaN", (0, 3), options={"on_empty": "zero"}),
    Sigmoid("int64", "labels as integers", (4, 3), target="int64"),
    Sigmoid("uint8", "masks as bytes", (4, 3), target="uint8"),
    Sigmoid("bool", "masks as comparisons give them", (4, 3), target="bool"),
    Sigmoid("weighted", "per element", (4, 3), weight=(4, 3)),
    Sigmoid("weighted_rows", "per sample", (4, 3), weight=(4, 1), target="hard"),
    Sigmoid("pos_weight", "per class on the last axis", (4, 3), pos_weight=(3,), target="hard"),
    Sigmoid("pos_weight_soft", "p and t multiply", (4, 3), pos_weight=(3,), weight=(3,)),
    Sigmoid("pos_weight_image", "per channel", (2, 3, 3, 3), pos_weight=(3,), weight=(3,), options={"dim": 1}),
    Sigmoid("ignored", "missing labels", (5, 4), target="hard", options={"ignore_index": -1}),
    Sigmoid("ignored_nan", "NaN is missing", (5, 4), target="hard", options={"ignore_index": float("nan")}),
    Sigmoid("ignored_void", "255 in bytes", (5, 4), target="uint8", pos_weight=(4,), options={"ignore_index": 255}),
    Sigmoid("ignored_byte", "−1 is no byte", (5, 4), target="int8", weight=(4,), options={"ignore_index": -1}),
    Sigmoid("smoothed", "towards one half", (5, 4), target="hard", pos_weight=(4,), options=_SMOOTHED),
    Sigmoid("smoothed_1", "nothing is left of the target", (5, 4), target="hard", options={"label_smoothing": 1.0}),
    Sigmoid("normalizer", "somebody else's denominator", (5, 4), options={"normalizer": 7.5}),
    Sigmoid("sampled", "a factor per row", (6, 37), target="hard", sampled="rows"),
    Sigmoid("sampled_elements", "one per element, and weights", (5, 4), weight=(4,), sampled="positions"),
    Sigmoid(
        "sampled_image", "one per image, and missing labels", (4, 3, 2, 3), target="hard", sampled="rows",
        pos_weight=(3,), memory="channels_last", options={"dim": 1, "ignore_index": -1, "label_smoothing": 0.1},
    ),
    Sigmoid("sampled_out", "nothing counts", (4, 3), sampled="zeros", options={"on_empty": "zero"}),
    Sigmoid("large", "±1e4: exp overflows the naive way", (8, 5), values="large", target="hard", pos_weight=(5,)),
    Sigmoid("large_soft", "and x − t·x must not be formed as it is written", (8, 5), values="large", pos_weight=(5,)),
    Sigmoid("huge", "1e30", (8, 5), values="huge", target="hard"),
    Sigmoid("uniform", "0, where |x| has a kink", (8, 5), values="uniform", pos_weight=(5,)),
    Sigmoid("edges", "0, 1 and next to them", (8, 5), values="edges", target="hard"),
]  # fmt: skip


@dataclass(frozen=True)
class Linear:
    """One instance of the linear cross entropy: (N, D) features, classes (C, …) and the target's kind."""

    name: str
    why: str
    input: Shape
    classes: Shape
    target: str = "int64"
    bias: bool = True
    weighted: bool = False
    sampled: str = "none"
    ignored: str = "none"
    options: Options = field(default_factory=dict)

    def call(self, dtype: torch.dtype) -> Call:
        """The arguments, the same at every call."""
        noise = generator(self.name)
        shape, dim = self.input[:-1] + self.classes, len(self.input) - 1
        y = _target(self.target, self.ignored, self.options, shape, dim, noise)
        given = {
            "input": torch.randn(self.input, generator=noise).to(dtype),
            "linear_weight": torch.randn(*self.classes, self.input[-1], generator=noise).to(dtype),
            "target": y.to(dtype) if y.is_floating_point() else y,
            **self.options,
        }
        if self.bias:
            given["linear_bias"] = torch.randn(self.classes, generator=noise).to(dtype)
        if self.weighted:
            given["weight"] = weights(self.classes[0], noise).to(torch.promote_types(dtype, torch.float32))
        positions = self.input[:-1] + self.classes[1:]
        return Call("linear_cross_entropy", given | sample_weights(self.sampled, positions, noise))


LINEAR = [
    Linear("plain", "rows, features and classes all differ", (7, 3), (5,)),
    Linear("no_bias", "as language models have it", (7, 3), (5,), bias=False, ignored="some"),
    Linear("unbatched", "(D,) features with a 0-d target", (3,), (5,)),
    Linear("image", "heads of more axes", (4, 3), (5, 2), weighted=True, ignored="some"),
    Linear("empty", "no rows", (0, 3), (5,)),
    Linear("uint8", "narrow labels", (7, 3), (5,), target="uint8"),
    Linear("probabilities", "soft labels", (7, 3), (5,), target="probabilities", weighted=True),
    Linear("probabilities_ignored", "rows of NaN", (7, 3), (5,), target="probabilities", ignored="some"),
    Linear("probabilities_image", "of more axes", (4, 3), (5, 2), target="probabilities", options=_SMOOTHED),
    Linear("everything", "all options meet", (7, 3), (5,), weighted=True, ignored="some", options=_ALL),
    Linear("sampled", "a factor per row", (7, 3), (5,), sampled="positions", ignored="some", weighted=True),
    Linear("sampled_image", "of more axes", (4, 3), (5, 2), sampled="rows", options=_ALL),
    Linear("sampled_probabilities", "soft labels", (7, 3), (5,), target="probabilities", sampled="positions"),
    Linear("all_ignored", "no target counts", (7, 3), (5,), ignored="all", options={"on_empty": "zero"}),
]  # fmt: skip
