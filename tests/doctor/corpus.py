"""The scripts under scripts/: what is planted in each, and where.

`# finding: ID` stands on the line that a finding's `where` must name; on several lines, any of them is right.
`# also: ID …` names what may be reported beside it, and `# exit: N` the script's own exit status.
A script of several modules is a folder with a main.py.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

SCRIPTS = Path(__file__).parent / "scripts"

MARK = re.compile(r"# finding: ([a-z-]+)")
ALSO = re.compile(r"^# also: (.+)$", re.MULTILINE)
EXIT = re.compile(r"^# exit: (\d+)$", re.MULTILINE)

FINDINGS = (
    "arguments-swapped",
    "softmax-before-cross-entropy",
    "sigmoid-before-bce-with-logits",
    "relu-before-loss",
    "softmax-on-wrong-axis",
    "nll-without-log-softmax",
    "single-column-cross-entropy",
    "class-axis-misplaced",
    "multi-hot-into-cross-entropy",
    "nan-loss",
    "initial-loss-off",
    "target-out-of-range",
    "bce-target-outside-unit-interval",
    "mask-collapsed-to-one-class",
    "all-targets-ignored",
    "unused-outputs",
    "unshuffled-classes",
    "smoothing-with-class-weights",
    "pos-weight-on-wrong-axis",
    "weighted-sampler-and-class-weight",
    "weight-invalid",
    "single-class-batches-with-weights",
    "missing-zero-grad",
    "accumulation-mean",
    "graph-kept-across-batches",
    "parameters-not-in-optimizer",
    "parameters-without-gradient",
    "scheduler-wrong-mode",
    "scheduler-before-optimizer",
    "epoch-loss-averaging",
    "loss-sum-over-rows",
    "eval-mode-during-training",
    "train-mode-during-evaluation",
    "missing-no-grad",
    "best-weights-alias",
    "clip-without-effect",
    "padding-counted",
    "rows-mixed",
    "same-rows-in-evaluation",
    "evaluation-augmented",
    "inputs-on-another-scale",
    "sampler-without-set-epoch",
    "dropout-during-evaluation",
    "frozen-part-moves",
    "shared-layer",
    "broadcast-loss",
    "kl-of-probabilities",
    "resume-without-optimizer",
    "scheduler-cadence",
    "load-matched-nothing",
    "step-moves-nothing",
    "no-learning",
    "accumulation-not-divided",
    "no-nonlinearity",
    "average-without-buffers",
    "stale-batch",
    "same-random-numbers-in-workers",
    "metric-on-wrong-axis",
)


class Case(NamedTuple):
    """One script: the file to run, the lines that each planted finding may name, what else may appear, its status."""

    script: Path
    marks: dict[str, set[str]]
    also: set[str]
    status: int

    @property
    def name(self) -> str:
        """The path below scripts/, for the names of tests."""
        return self.script.relative_to(SCRIPTS).as_posix().removesuffix(".py").removesuffix("/main")


def read(script: Path) -> Case:
    """Read the marks of a script, and of the modules beside its main.py."""
    files = sorted(script.parent.rglob("*.py")) if script.name == "main.py" else [script]
    marks: dict[str, set[str]] = {}
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for found in MARK.finditer(line):
                marks.setdefault(found[1], set()).add(f"{file.name}:{number}")
    text = script.read_text(encoding="utf-8")
    also = {word for found in ALSO.finditer(text) for word in found[1].split()}
    status = EXIT.search(text)
    return Case(script, marks, also, int(status[1]) if status else 0)


def cases(kind: str) -> list[Case]:
    """All scripts below scripts/KIND, in order."""
    found = []
    for path in sorted((SCRIPTS / kind).rglob("*.py")):
        if path.name == "main.py" or not (path.parent / "main.py").exists():
            found.append(read(path))
    return found


def in_a_function(case: Case, folder: Path) -> Case:
    """The same script inside of a function: what it built is gone when the report is written."""
    text = case.script.read_text(encoding="utf-8")
    settings = [line for line in text.splitlines() if ALSO.match(line) or EXIT.match(line)]
    inside = textwrap.indent(text, "    ")
    script = folder / case.script.name
    script.write_text("\n".join([*settings, "def the_whole_script():", inside, "the_whole_script()"]), encoding="utf-8")
    return read(script)
