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
    Suite("fastai", "fastai", ("losses.py",)),
)
# fastai's tests are notebooks: these are the losses that its learners choose, made and called.
_FASTAI = """
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
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the passes of every suite without and with the patch; 1 where they differ."""
    parser = ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("sources", type=Path, help="folder of source trees")
    options = parser.parse_args(argv)
    fastai = options.sources / "fastai"
    fastai.mkdir(exist_ok=True)
    (fastai / "losses.py").write_text(_FASTAI)
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
