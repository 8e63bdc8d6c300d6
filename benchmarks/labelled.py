"""crossent doctor on the labelled scripts of scicode-lint: labels found and missed, and what else is reported.

    git clone https://github.com/ssamsonau/scicode-lint
    python benchmarks/labelled.py scicode-lint/evals/integration/generated/baseline_v1 [NAME …]

Counted are the labels of scripts that train, of the kinds that a run can show. Wants PyYAML. See docs/doctor-score.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

# Their patterns, and the ids that name the same.
SAME = {
    "pt-001": {"eval-mode-during-training"},
    "pt-004": {"missing-zero-grad"},
    "pt-007": {"train-mode-during-evaluation", "missing-no-grad"},
    "pt-009": {"graph-kept-across-batches"},
    "pt-012": {"accumulation-not-divided"},
    "pt-020": {"softmax-before-cross-entropy"},
}


def main(folder: str, *names: str) -> None:
    """Print a line for each script, and the sum."""
    scenarios = yaml.safe_load(Path(folder, "expected.yaml").read_text(encoding="utf-8"))["scenarios"]
    found = labelled = others = 0
    for name, scenario in scenarios.items():
        script = Path(folder, scenario["file"])
        if "backward()" not in script.read_text(encoding="utf-8") or (names and not any(n in name for n in names)):
            continue
        findings = _findings(script)
        ids = {finding["id"] for finding in findings}
        labels = [pattern for pattern in scenario["expected_patterns"] if pattern in SAME]
        missed = [label for label in labels if not SAME[label] & ids]
        meant = set().union(*(SAME[label] for label in labels))
        more = [f"{one['id']} at {one['where'].rpartition(':')[2]}" for one in findings if _counts(one, meant)]
        told = (", ".join(words) or "-" for words in (labels, missed, more))
        print("{}: {}; missed {}; more {}".format(name, *told), flush=True)
        found, labelled, others = found + len(labels) - len(missed), labelled + len(labels), others + len(more)
    print(f"{found} of {labelled} labels found, {others} findings without a label")


def _counts(finding: dict[str, Any], meant: set[str]) -> bool:
    return finding["severity"] != "note" and finding["id"] not in meant


def _findings(script: Path) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as cwd:
        command = [sys.executable, "-m", "crossent", "doctor", "--json", "report.json", str(script.resolve())]
        subprocess.run(command, cwd=cwd, capture_output=True, check=False)
        found: list[dict[str, Any]] = json.loads(Path(cwd, "report.json").read_text(encoding="utf-8"))["findings"]
        return found


if __name__ == "__main__":
    main(*sys.argv[1:])
