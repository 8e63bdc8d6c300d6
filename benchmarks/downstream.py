"""The test suites of libraries that use torch's losses, with crossent's in their place and without.

SOURCES holds a source tree of each library, as its repository or source distribution has it, under the name in the
table; the library itself and pytest are installed beside torch and crossent. What is not there is left out. Both runs
collect the same tests; a suite that fails differently when it is patched is our mistake.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple


class Suite(NamedTuple):
    """Tests of a library: its folder in SOURCES, its package, and the files that compute losses."""

    folder: str
    package: str
    tests: tuple[str, ...]


SUITES = (
    Suite("skorch", "skorch", ("skorch/tests/test_classifier.py", "skorch/tests/test_toy.py")),
    Suite("kornia", "kornia", ("tests/losses",)),
    Suite("segmentation_models", "segmentation_models_pytorch", ("tests/test_losses.py",)),
    Suite("timm", "timm", ("tests/test_multilabel.py", "tests/test_task.py")),
    Suite("torchmetrics", "torchmetrics", ("tests/unittests/text/test_perplexity.py",)),
    Suite("fastai", "fastai", ("losses.py",)),
    Suite("transformers", "transformers", ("losses.py",)),
)
# Where a library's own tests do not serve (fastai's are notebooks, transformers' hardly ask for a loss): the losses of
# fastai's learners, made and called, and those of transformers' heads beside their formulas.
_WRITTEN = {
    "fastai": """
import pytest, torch
from fastai import losses

LOGITS, LABELS = torch.linspace(-2, 2, 12).view(4, 3), torch.tensor([0, 1, 2, 0])
MASK = (LOGITS > 0).float()

@pytest.mark.parametrize("name", ["CrossEntropyLossFlat", "FocalLossFlat", "LabelSmoothingCrossEntropyFlat"])
def test_of_labels(name):
    loss = getattr(losses, name)()
    assert loss(LOGITS, LABELS).isfinite()
    assert loss.activation(LOGITS).shape == LOGITS.shape and loss.decodes(LOGITS).shape == (4,)

def test_of_masks():
    assert losses.BCEWithLogitsLossFlat()(LOGITS, MASK).isfinite()
    assert losses.BCELossFlat()(LOGITS.sigmoid(), MASK).isfinite()
""",
    "transformers": """
import pytest, torch, transformers
from transformers.trainer_pt_utils import LabelSmoother

SMALL = dict(vocab_size=30, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
IDS = torch.arange(12).view(3, 4)
LABELS = torch.tensor([[1, 2, -100, 3], [0, 4, 4, -100], [2, 1, 0, 0]])

def nll(logits, labels):
    each = logits.logsumexp(-1) - logits.gather(-1, labels.clamp_min(0).unsqueeze(-1)).squeeze(-1)
    return each[labels >= 0].mean()

def bert(head, **options):
    torch.manual_seed(0)
    return getattr(transformers, "BertFor" + head)(transformers.BertConfig(**SMALL, **options))

def close(output, expected):
    torch.testing.assert_close(output.loss, expected)
    output.loss.backward()

def test_one_label():
    labels = torch.tensor([4, 0, 2])
    output = bert("SequenceClassification", num_labels=5)(IDS, labels=labels)
    close(output, nll(output.logits, labels))

def test_many_labels():
    model = bert("SequenceClassification", num_labels=5, problem_type="multi_label_classification")
    labels = torch.eye(5)[:3]
    output = model(IDS, labels=labels)
    p = output.logits.sigmoid()
    close(output, -(labels * p.log() + (1 - labels) * (1 - p).log()).mean())

@pytest.mark.parametrize("head", ["TokenClassification", "MaskedLM"])
def test_tokens(head):
    output = bert(head, num_labels=5)(IDS, labels=LABELS)
    close(output, nll(output.logits, LABELS))

def test_spans():
    start, end = torch.tensor([0, 1, 9]), torch.tensor([3, 2, 9])
    output = bert("QuestionAnswering")(IDS, start_positions=start, end_positions=end)
    # Positions outside of the input do not count.
    ends = [(output.start_logits, start), (output.end_logits, end)]
    close(output, sum(nll(logits[:2], where[:2]) for logits, where in ends) / 2)

@pytest.mark.parametrize("count", [None, 5])
def test_next_token(count):
    torch.manual_seed(0)
    config = transformers.LlamaConfig(**SMALL, num_key_value_heads=2)
    output = transformers.LlamaForCausalLM(config)(IDS, labels=LABELS, num_items_in_batch=count)
    mean = nll(output.logits[:, :-1], LABELS[:, 1:])
    close(output, mean if count is None else mean * (LABELS[:, 1:] >= 0).sum() / count)

@pytest.mark.parametrize("classes", [1, 4])
def test_pixels(classes):
    torch.manual_seed(0)
    config = transformers.SegformerConfig(
        num_encoder_blocks=2, depths=[1, 1], sr_ratios=[1, 1], hidden_sizes=[8, 8], num_attention_heads=[1, 1],
        patch_sizes=[3, 3], strides=[2, 2], mlp_ratios=[1, 1], decoder_hidden_size=8, num_labels=classes,
    )
    model = transformers.SegformerForSemanticSegmentation(config)
    labels = (torch.arange(2 * 8 * 8).view(2, 8, 8) % max(2, classes)).masked_fill(torch.eye(8).bool(), 255)
    output = model(torch.randn(2, 3, 8, 8), labels=labels)
    z = torch.nn.functional.interpolate(output.logits, size=(8, 8), mode="bilinear", align_corners=False)
    if classes > 1:
        close(output, nll(z.movedim(1, -1), labels.masked_fill(labels == 255, -1)))
    else:
        z, counts = z.squeeze(1), labels != 255
        close(output, ((torch.nn.functional.softplus(z) - z * labels) * counts).mean())

def test_smoothing():
    logits = torch.linspace(-2, 2, 60).view(3, 4, 5)
    loss = LabelSmoother(0.1)({"logits": logits}, LABELS)
    shares = logits.log_softmax(-1).mean(-1)[LABELS >= 0].mean()
    torch.testing.assert_close(loss, 0.9 * nll(logits, LABELS) - 0.1 * shares)
""",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the passes of every suite without and with the patch; 1 where they differ."""
    parser = ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("sources", type=Path, help="folder of source trees")
    options = parser.parse_args(argv)
    for folder, text in _WRITTEN.items():
        (options.sources / folder).mkdir(exist_ok=True)
        (options.sources / folder / "losses.py").write_text(text)
    print(f"torch {version('torch')}\n\n| suite | torch's losses | crossent's |\n|---|---|---|")
    differ = False
    for suite in SUITES:
        home = options.sources / suite.folder
        try:
            name = f"{suite.folder} {version(suite.package)}"
        except PackageNotFoundError:
            continue
        if not all((home / test).exists() for test in suite.tests):
            continue
        plain, patched = _outcome(home, suite.tests, patched=False), _outcome(home, suite.tests, patched=True)
        print(f"| {name}: {', '.join(suite.tests)} | {plain} | {patched} |", flush=True)
        differ |= plain != patched
    return int(differ)


def _outcome(home: Path, tests: Sequence[str], *, patched: bool) -> str:
    """The counts that pytest ends with, such as "325 passed, 2 skipped"."""
    program = ["-m", "crossent", "run", "-m", "pytest"] if patched else ["-m", "pytest"]
    options = ["-q", "-p", "no:cacheprovider", "--override-ini", "addopts=", "-W", "ignore"]
    command = [sys.executable, *program, *options, *tests]
    done = subprocess.run(command, cwd=home, env=os.environ, capture_output=True, text=True, check=False)
    counts = re.findall(r"\d+ (?:passed|failed|skipped|xfailed|xpassed|errors?|deselected)", done.stdout)
    return ", ".join(counts) or f"did not run: {(done.stderr or done.stdout).strip()[-200:]}"


if __name__ == "__main__":
    raise SystemExit(main())
