"""Every loud mistake: torch's exception type, and a text that says expected, got, and what to write.

`torch_call` makes the same mistake with torch; where torch is silent or has no such option it is None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import crossent
import crossent.functional as X


class Mistake(NamedTuple):
    name: str
    call: Callable[[], Any]
    type: type[Exception]
    text: str
    torch_call: Callable[[], Any] | None = None


def logits(*shape: int) -> torch.Tensor:
    return torch.zeros(shape)


def labels(*values: int, dtype: torch.dtype = torch.int64) -> torch.Tensor:
    return torch.tensor(values, dtype=dtype)


def both(name: str, function: str, *arguments: Any, type: type[Exception], text: str, **options: Any) -> Mistake:
    """A mistake in a call that torch knows too."""
    return Mistake(
        name,
        lambda: getattr(X, function)(*arguments, **options),
        type,
        text,
        lambda: getattr(F, function)(*arguments, **options),
    )


def ours(name: str, call: Callable[[], Any], type: type[Exception], text: str) -> Mistake:
    """A mistake that torch has no word for."""
    return Mistake(name, call, type, text)


ONE_BASED = torch.arange(1, 11).repeat(3)
ONE_BASED[7] = 10
CE, BCE, NLL, LINEAR = "cross_entropy", "binary_cross_entropy_with_logits", "nll_loss", "linear_cross_entropy"

MISTAKES = [
    # P2: labels out of range
    both(
        "1-based labels",
        CE,
        logits(30, 10),
        ONE_BASED,
        type=IndexError,
        text="Target 10 is out of bounds: the input has 10 classes (valid: 0…9); "
        "10 appears 4 times, first at position 7. "
        "Are the labels 1-based? Then pass target - 1.",
    ),
    both(
        "255 is void",
        CE,
        logits(1, 3, 2, 2),
        labels(0, 1, 255, 2).view(1, 2, 2),
        type=IndexError,
        text="Target 255 is out of bounds: the input has 3 classes (valid: 0…2); "
        "255 appears 1 time, first at position "
        "(0, 1, 0). 255 usually marks void: pass ignore_index=255.",
    ),
    both(
        "-1 is void",
        NLL,
        logits(2, 3),
        labels(0, -1),
        type=IndexError,
        text="Target -1 is out of bounds: the input has 3 classes (valid: 0…2); "
        "-1 appears 1 time, first at position 1. "
        "If -1 marks positions that do not count, pass ignore_index=-1.",
    ),
    both(
        "too few outputs",
        CE,
        logits(2, 3),
        labels(0, 7),
        type=IndexError,
        text="Target 7 is out of bounds: the input has 3 classes (valid: 0…2); "
        "7 appears 1 time, first at position 1. "
        "The model needs at least 8 outputs for these labels.",
    ),
    both(
        "unbatched",
        CE,
        logits(3),
        torch.tensor(3),
        type=IndexError,
        text="Target 3 is out of bounds: the input has 3 classes (valid: 0…2); "
        "Are the labels 1-based? Then pass target - 1.",
    ),
    both(
        "linear, position of the whole target",
        LINEAR,
        logits(5, 4),
        logits(3, 4),
        labels(0, 1, 2, 0, 5),
        type=IndexError,
        text="Target 5 is out of bounds: the input has 3 classes (valid: 0…2); "
        "5 appears 1 time, first at position 4. "
        "The model needs at least 6 outputs for these labels.",
    ),
    # P3: binary targets outside [0, 1]
    ours(
        "0/255 masks",
        lambda: X.binary_cross_entropy_with_logits(logits(4), labels(0, 255, 0, 255, dtype=torch.uint8)),
        RuntimeError,
        "all elements of target should be between 0 and 1, got 255 (2 of 4 values, first at position 1). "
        "The target holds 0 and 255: write target / 255.",
    ),
    ours(
        "-1 is missing",
        lambda: X.binary_cross_entropy_with_logits(logits(2, 2), torch.tensor([[0.0, 1.0], [-1.0, 1.0]])),
        RuntimeError,
        "all elements of target should be between 0 and 1, got -1 (1 of 4 values, first at position (1, 0)). "
        "If -1 marks missing labels, pass ignore_index=-1.",
    ),
    both(
        "BCELoss on 1/2 labels",
        "binary_cross_entropy",
        torch.full((2,), 0.5),
        torch.tensor([1.0, 2.0]),
        type=RuntimeError,
        text="all elements of target should be between 0 and 1, got 2 (1 of 2 values, first at position 1). "
        "The labels seem to be 1 and 2: write target - 1.",
    ),
    both(
        "BCELoss on logits",
        "binary_cross_entropy",
        torch.tensor([0.5, 3.0]),
        torch.tensor([0.0, 1.0]),
        type=RuntimeError,
        text="all elements of input should be between 0 and 1, got 3 (1 of 2 values, first at position 1). "
        "BCELoss takes probabilities. For raw scores (logits) use BCEWithLogitsLoss, which is also exact.",
    ),
    both(
        "BCELoss on NaN",
        "binary_cross_entropy",
        torch.tensor([0.5, torch.nan]),
        torch.tensor([0.0, 1.0]),
        type=RuntimeError,
        text="all elements of input should be between 0 and 1, got nan (1 of 2 values, first at position 1). "
        "Look for what made the NaN: torch.autograd.set_detect_anomaly(True) names the operation.",
    ),
    # P7: class axis
    both(
        "(N, H, W, C) logits",
        CE,
        logits(4, 8, 8, 21),
        torch.zeros(4, 8, 8, dtype=torch.int64),
        type=RuntimeError,
        text="Expected target size [4, 8, 21], got [4, 8, 8]: input (4, 8, 8, 21) and target (4, 8, 8): "
        "the classes seem to be on the last axis; pass dim=-1.",
    ),
    both(
        "(N, L, C) logits",
        CE,
        logits(2, 5, 7),
        torch.zeros(2, 5, dtype=torch.int64),
        type=RuntimeError,
        text="Expected target size [2, 7], got [2, 5]: input (2, 5, 7) and target (2, 5): "
        "the classes seem to be on the last axis; pass dim=-1.",
    ),
    both(
        "spatial sizes differ",
        CE,
        logits(2, 3, 5),
        torch.zeros(2, 4, dtype=torch.int64),
        type=RuntimeError,
        text="Expected target size [2, 5], got [2, 4]: got input (2, 3, 5) and target (2, 4). The classes are on axis "
        "1 of input (3 of them), and every other axis must match. Write the target as (2, 5).",
    ),
    both(
        "batch sizes differ",
        CE,
        logits(2, 3),
        labels(0, 1, 2),
        type=ValueError,
        text="Expected input batch_size (2) to match target batch_size (3): got input (2, 3) and target (3,). "
        "Every row of input needs one target.",
    ),
    both(
        "flattened targets, unflattened logits",
        CE,
        logits(2, 3, 5),
        torch.zeros(10, dtype=torch.int64),
        type=ValueError,
        text="Expected input batch_size (2) to match target batch_size (10): got input (2, 3, 5) and target (10,). "
        "There are as many targets as positions: write target.view(2, 5).",
    ),
    # P8: shape of the target
    both(
        "(N, 1) target",
        CE,
        logits(4, 3),
        labels(0, 1, 2, 0).view(4, 1),
        type=RuntimeError,
        text="0D or 1D target tensor expected, multi-target not supported: got input (4, 3) and target (4, 1); "
        "the target has an extra axis of size 1. Write target.squeeze(1).",
    ),
    both(
        "(N, 1, H, W) target",
        CE,
        logits(2, 3, 4, 4),
        torch.zeros(2, 1, 4, 4, dtype=torch.int64),
        type=RuntimeError,
        text="only batches of spatial targets supported (3D tensors) but got targets of dimension: 4: got input "
        "(2, 3, 4, 4) and target (2, 1, 4, 4); the target has an extra axis of size 1. Write target.squeeze(1).",
    ),
    both(
        "RGB mask",
        CE,
        logits(2, 5, 4, 4),
        torch.zeros(2, 4, 4, 3, dtype=torch.uint8),
        type=RuntimeError,
        text="only batches of spatial targets supported (3D tensors) but got targets of dimension: 4: got input "
        "(2, 5, 4, 4) and target (2, 4, 4, 3); expected (2, 4, 4). A mask of RGB colours must be mapped to class ids "
        "first, one integer per pixel.",
    ),
    both(
        "one-hot integers",
        CE,
        logits(2, 3),
        torch.eye(3, dtype=torch.int64)[:2],
        type=RuntimeError,
        text="Expected floating point type for target with class probabilities, got Long: target has the shape of "
        "input, (2, 3). If it is one-hot, write target.argmax(1) (class indices, faster) or target.float().",
    ),
    # P9: dtypes
    both(
        "float class indices",
        CE,
        logits(2, 3),
        torch.tensor([0.0, 1.0]),
        type=RuntimeError,
        text="expected target dtype to be Long or Byte, but got Float: a target of shape (2,) for input (2, 3) holds "
        "class indices, of any integer dtype. Write target.long(); for class probabilities pass a target of shape "
        "(2, 3).",
    ),
    both(
        "integer logits",
        CE,
        labels(1, 2, 3, 4).view(2, 2),
        labels(0, 1),
        type=NotImplementedError,
        text="\"crossent\" not implemented for 'Long': input must hold logits of a floating point dtype, got "
        "torch.int64 of shape (2, 2). Write input.float().",
    ),
    both(
        "list for a tensor",
        CE,
        [[0.0, 1.0]],
        labels(0),
        type=TypeError,
        text="input must be a tensor of logits, got list. Write input=torch.as_tensor(input).",
    ),
    both(
        "0-d logits",
        CE,
        torch.tensor(1.0),
        torch.tensor(1.0),
        type=IndexError,
        text="Dimension out of range: input is 0-d, but needs a class axis: (C,), (N, C) or (N, C, d1, …). "
        "Write input.reshape(1, -1) for one sample.",
    ),
    ours(
        "dim out of range",
        lambda: X.cross_entropy(logits(2, 3), labels(0, 1), dim=3),
        IndexError,
        "Dimension out of range: dim=3, but input has 2 axes (2, 3). Write dim=1 for (N, C, …) or dim=-1 for (…, C).",
    ),
    # P10: binary shapes
    both(
        "(N, 1) scores, (N,) target",
        BCE,
        logits(4, 1),
        logits(4),
        type=ValueError,
        text="Target size (torch.Size([4])) must be the same as input size (torch.Size([4, 1])). "
        "Write input.squeeze(1).",
    ),
    both(
        "(N,) scores, (N, 1) target",
        "binary_cross_entropy",
        logits(4),
        logits(4, 1),
        type=ValueError,
        text="Using a target size (torch.Size([4, 1])) that is different to the input size (torch.Size([4])) is "
        "deprecated. Please ensure they have the same size. Write target.squeeze(1).",
    ),
    both(
        "class indices for a binary loss",
        BCE,
        logits(4, 3),
        logits(4),
        type=ValueError,
        text="Target size (torch.Size([4])) must be the same as input size (torch.Size([4, 3])). If target holds class "
        "indices, use CrossEntropyLoss, or write one_hot(target, 3).float().",
    ),
    # P11, P13: weights
    both(
        "weight of another length",
        CE,
        logits(2, 3),
        labels(0, 1),
        torch.ones(2),
        type=RuntimeError,
        text="weight tensor should be defined either for all 3 classes or no classes but got weight tensor of shape: "
        "[2]. The input (2, 3) has 3 classes.",
    ),
    both(
        "(1, C) weight",
        CE,
        logits(2, 4),
        labels(0, 1),
        torch.ones(1, 4),
        type=RuntimeError,
        text="weight tensor should be defined either for all 4 classes or no classes but got weight tensor of shape: "
        "[1, 4]. The input (2, 4) has 4 classes. Write weight.flatten().",
    ),
    both(
        "pos_weight on the wrong axis",
        BCE,
        logits(2, 3, 4, 4),
        logits(2, 3, 4, 4),
        pos_weight=torch.ones(3),
        type=RuntimeError,
        text="The size of pos_weight (3,) must match the size of input (2, 3, 4, 4) or broadcast to it. It has one "
        "value per class of axis 1: pass dim=1.",
    ),
    both(
        "[negative, positive] weights",
        BCE,
        logits(4, 1),
        logits(4, 1),
        pos_weight=torch.tensor([1.0, 4.0]),
        type=RuntimeError,
        text="The size of pos_weight (2,) must match the size of input (4, 1) or broadcast to it. For two values "
        "[negative, positive] pass pos_weight=pos_weight[1] / pos_weight[0].",
    ),
    ours(
        "named weights",
        lambda: crossent.CrossEntropyLoss(weight="balanced"),
        TypeError,
        "weight must be numbers (tensor, list, NumPy array), got str. Write weight=[1.0, 4.0] or "
        "weight=crossent.class_weights(labels).",
    ),
    ours(
        "infinite weight",
        lambda: crossent.CrossEntropyLoss(weight=[1.0, float("inf")]),
        ValueError,
        "weight must be finite, got inf at position 1. A class that never occurs has no balanced weight: give it 0.0, "
        "or use crossent.class_weights(labels, num_classes).",
    ),
    # P15: ignore_index and probabilities
    both(
        "ignore_index with probabilities",
        CE,
        logits(2, 3),
        torch.full((2, 3), 1 / 3),
        ignore_index=1,
        type=RuntimeError,
        text="ignore_index is not supported for floating point target: got ignore_index=1 with a target of "
        "probabilities (2, 3). Leave ignore_index out and give positions that do not count a row of NaN, or pass "
        "class indices.",
    ),
    # P24: data in the constructor
    Mistake(
        "data in the constructor",
        lambda: crossent.CrossEntropyLoss(logits(4, 3), labels(0, 1, 2, 0)),
        RuntimeError,
        "Boolean value of Tensor with more than one value is ambiguous: size_average got a tensor of shape (4,), which "
        "looks like data; the constructor takes settings, the data come with the call. "
        "Write criterion = CrossEntropyLoss(), then loss = criterion(logits, target).",
        lambda: nn.CrossEntropyLoss(logits(4, 3), labels(0, 1, 2, 0)),
    ),
    ours(
        "logits in the constructor",
        lambda: crossent.NLLLoss(logits(4, 3)),
        RuntimeError,
        "weight tensor should be defined either for all classes or no classes but got weight tensor of shape: [4, 3]; "
        "expected (C,). One number per class; logits and targets come with the call: criterion = CrossEntropyLoss(), "
        "then criterion(logits, target).",
    ),
    # Options
    both(
        "reduction",
        CE,
        logits(2, 3),
        labels(0, 1),
        reduction="average",
        type=ValueError,
        text="'average' is not a valid value for reduction. Write reduction='mean', 'sum' or 'none'.",
    ),
    both(
        "label_smoothing out of range",
        CE,
        logits(2, 3),
        labels(0, 1),
        label_smoothing=1.5,
        type=RuntimeError,
        text="label_smoothing must be between 0.0 and 1.0. Got: 1.5. A usual value is 0.1; 0.0 is off.",
    ),
    both(
        "label_smoothing as text",
        CE,
        logits(2, 3),
        labels(0, 1),
        label_smoothing="0.1",
        type=TypeError,
        text="label_smoothing must be a number in [0, 1], got str '0.1'. Write label_smoothing=0.1.",
    ),
    both(
        "ignore_index as text",
        CE,
        logits(2, 3),
        labels(0, 1),
        ignore_index="255",
        type=TypeError,
        text="ignore_index must be an int that marks targets that do not count, got str '255'. "
        "Write ignore_index=-100.",
    ),
    ours(
        "smoothing_weight",
        lambda: crossent.CrossEntropyLoss(smoothing_weight="sample"),
        ValueError,
        "smoothing_weight must be 'class' or 'target', got 'sample'. 'class' is torch's rule; 'target' multiplies the "
        "whole smoothed loss of a sample by weight[target].",
    ),
    ours(
        "z_loss",
        lambda: crossent.CrossEntropyLoss(z_loss=-1.0),
        ValueError,
        "z_loss must be a finite number >= 0, got -1.0. Usual values are 1e-5 to 1e-3; 0.0 is off.",
    ),
    ours(
        "softcap",
        lambda: crossent.CrossEntropyLoss(softcap=0.0),
        ValueError,
        "softcap must be a finite number > 0 or None, got 0.0. Logits become softcap * tanh(logits / softcap); "
        "Gemma uses 30.0; None is off.",
    ),
    ours(
        "on_empty",
        lambda: crossent.NLLLoss(on_empty="0"),
        ValueError,
        "on_empty must be 'nan' (what torch returns) or 'zero', got '0'. It says what the mean of a batch without a "
        "valid target is.",
    ),
    ours(
        "normalizer without mean",
        lambda: crossent.BCELoss(reduction="sum", normalizer=3),
        ValueError,
        "normalizer divides the sum of reduction='mean', but reduction is 'sum'. Drop normalizer, or write "
        "reduction='mean'.",
    ),
    ours(
        "normalizer per row",
        lambda: crossent.CrossEntropyLoss(normalizer=torch.ones(3)),
        ValueError,
        "normalizer must be a number or a 0-d tensor, got a tensor of shape (3,). Write normalizer=value.sum().",
    ),
    ours(
        "normalizer as text",
        lambda: crossent.CrossEntropyLoss(normalizer="batch"),
        TypeError,
        "normalizer must be a number or a 0-d tensor, got str. Write "
        "normalizer=crossent.functional.normalizer(all_targets).",
    ),
    ours(
        "binary ignore_index",
        lambda: crossent.BCEWithLogitsLoss(ignore_index="nan"),
        TypeError,
        "ignore_index must be a number that marks targets that do not count (-1, 255, float('nan')) or None, got str "
        "'nan'.",
    ),
    # Linear
    both(
        "batch and time axes",
        LINEAR,
        logits(2, 3, 4),
        logits(5, 4),
        labels(0, 1),
        type=RuntimeError,
        text="expected input with dimensionality 1 or 2, got 3: input (2, 3, 4) must be (D,) or (N, D). "
        "Write input.flatten(0, -2), and target.flatten().",
    ),
    both(
        "head transposed",
        LINEAR,
        logits(2, 4),
        logits(4, 5),
        labels(0, 1),
        type=RuntimeError,
        text="expected equal input and linear_weight last dimensions (in_features), got 4 and 5, respectively: "
        "input (2, 4) and head (4, 5). Write linear_weight.t().",
    ),
    both(
        "bias",
        LINEAR,
        logits(2, 4),
        logits(5, 4),
        labels(0, 1),
        linear_bias=logits(4),
        type=RuntimeError,
        text="expected linear_bias shape (5,), got (4,): one bias per row of linear_weight.",
    ),
    ours(
        "options",
        lambda: X.linear_cross_entropy(logits(2, 4), logits(5, 4), labels(0, 1), options=64),
        TypeError,
        "options must be crossent.LinearOptions, torch.nn.LinearCrossEntropyOptions or None, got int 64. "
        "Write options=crossent.LinearOptions(memory_budget=64 * 2**20).",
    ),
    ours(
        "memory budget",
        lambda: crossent.LinearOptions(memory_budget=0.5),
        ValueError,
        "memory_budget must be a whole number >= 1, got 0.5. memory_budget is in bytes (64 * 2**20 is 64 MiB), rows in "
        "rows of the input.",
    ),
    ours(
        "label lists beyond the head",
        lambda: X.linear_binary_cross_entropy(
            logits(2, 4), logits(5, 4), torch.tensor([[0, -1], [7, 2]]), target_format="indices"
        ),
        IndexError,
        "target holds label 7, but the head has 5 classes (valid: 0…4, negative: padding); first in row 1. "
        "The head needs at least 8 for these labels.",
    ),
    ours(
        "label lists of another batch",
        lambda: X.linear_binary_cross_entropy(logits(2, 4), logits(5, 4), labels(0, 1), target_format="indices"),
        ValueError,
        "expected (2, K) label ids, a list per row of input, got (2,). Pad the lists with -1: "
        "torch.nn.utils.rnn.pad_sequence(lists, batch_first=True, padding_value=-1).",
    ),
    ours(
        "label lists of floats",
        lambda: X.linear_binary_cross_entropy(logits(2, 4), logits(5, 4), logits(2, 3), target_format="indices"),
        RuntimeError,
        "expected label ids of an integer dtype, got torch.float32. Write target.long(), or target_format='dense' for "
        "values in [0, 1].",
    ),
    ours(
        "target format",
        lambda: X.linear_binary_cross_entropy(logits(2, 4), logits(5, 4), labels(0, 1), target_format="onehot"),
        ValueError,
        "target_format must be 'dense' or 'indices', got 'onehot'. 'dense' targets are (N, C) values in [0, 1]; "
        "'indices' are (N, K) ids of the labels that hold, padded with -1.",
    ),
    ours(
        "missing labels of lists",
        lambda: X.linear_binary_cross_entropy(
            logits(2, 4), logits(5, 4), labels(0, 1), target_format="indices", ignore_index=-1
        ),
        ValueError,
        "ignore_index=-1 marks values of a dense target; lists of label ids have none. Drop ignore_index (negative ids "
        "are padding already), or pass a dense target.",
    ),
    ours(
        "a single row of features",
        lambda: X.linear_binary_cross_entropy(logits(4), logits(5, 4), labels(0, 1)),
        RuntimeError,
        "expected input (N, D) and linear_weight (C, D), got (4,) and (5, 4). Write input.flatten(0, -2) for more "
        "axes, input.unsqueeze(0) for a single row.",
    ),
    # Weights from labels, and the normaliser
    ours(
        "1-based labels counted",
        lambda: crossent.class_weights([1, 2, 3], num_classes=3),
        ValueError,
        "labels holds 3, but num_classes=3 allows 0…2. Pass num_classes=4, or labels - 1 if they are 1-based.",
    ),
    ours(
        "nothing to count",
        lambda: crossent.class_weights([-100, -100]),
        ValueError,
        "labels holds no class index >= 0, so there is nothing to count.",
    ),
    ours(
        "method",
        lambda: crossent.class_weights([0, 1], method="auto"),
        ValueError,
        "method must be 'balanced', 'inverse' or 'effective', got 'auto'.",
    ),
    ours(
        "positives of masks",
        lambda: crossent.pos_weights([[0, 255], [255, 0]]),
        ValueError,
        "labels must be 0 or 1 (NaN or negative: missing), got 255. Write labels / 255.",
    ),
    ours(
        "normaliser of probabilities",
        lambda: X.normalizer(torch.full((2, 3), 0.5)),
        RuntimeError,
        "expected target dtype to be Long or Byte, but got Float: target (2, 3) must hold class indices. "
        "Write target.long().",
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[m.name for m in MISTAKES])
def test_the_text_and_the_type(mistake: Mistake) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - type and text follow
        mistake.call()
    assert str(caught.value) == mistake.text
    assert type(caught.value) is mistake.type


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if m.torch_call], ids=lambda m: m.name)
def test_the_type_is_torchs(mistake: Mistake) -> None:
    assert mistake.torch_call is not None
    with pytest.raises(Exception) as torchs:  # noqa: PT011 - whatever torch raises is what is compared
        mistake.torch_call()
    assert issubclass(mistake.type, type(torchs.value)), type(torchs.value)


def test_the_kernels_and_the_small_path_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossent.ops.small.SMALL", 0)
    for mistake in MISTAKES:
        with pytest.raises(mistake.type) as caught:
            mistake.call()
        assert str(caught.value) == mistake.text, mistake.name


def test_a_large_target_keeps_its_own_coordinates() -> None:
    target = torch.zeros(2, 300, 400, dtype=torch.uint8)
    target[1, 17, 33] = 21
    with pytest.raises(IndexError, match=r"21 appears 1 time, first at position \(1, 17, 33\)"):
        X.cross_entropy(torch.zeros(2, 21, 300, 400), target)
