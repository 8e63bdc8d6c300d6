"""Data are judged before torch is loaded, so that what is wrong with them is said at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ..data.files import class_folders, numbers_csv, write_text

# Torch cannot be imported here: whatever is said, is said without it.
JUDGE = """
import sys
sys.modules["torch"] = None
from crossent.cli import main
for line in sys.stdin:
    try:
        print(main(["fit", *line.split()]))
    except ModuleNotFoundError as error:
        print("asked for", error.name, file=sys.stderr)
"""


def judged(*commands: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", JUDGE], input="\n".join(commands), capture_output=True, text=True, timeout=120
    )
    return [line for line in done.stderr.splitlines() if not line.startswith(" ")]


def test_data_errors_need_no_torch(tmp_path: Path) -> None:
    good = numbers_csv(tmp_path / "good.csv")
    broken = write_text(tmp_path / "broken.csv", "x,label\n1,a\n2,b,c\n")
    single = write_text(tmp_path / "single.csv", "x,label\n" + "1,a\n2,a\n" * 20)
    ages = write_text(tmp_path / "ages.csv", "x,age\n" + "".join(f"{n % 7},{18 + n % 31}\n" for n in range(90)))
    folder = class_folders(tmp_path / "photos", 2)
    found = judged(
        broken,
        f"{good} --target nothing",
        f"{good} --data.group nobody",
        f"{good} --data.types x=date",
        single,
        ages,
        f"{tmp_path}/god.csv",
        "https://example.org/a.csv",
        f"{good} --data.test {broken}",
        # Nothing is wrong with these: a training begins, and needs torch.
        good,
        folder,
    )
    expected = [
        "broken.csv:3: expected 2 columns as in the header, got 3 (2 | b | c)",
        "--data.target: expected one of the columns x, z, label, got 'nothing'",
        "--data.group: expected one of the columns x, z, label, got 'nobody'",
        "--data.types: expected for 'x' what its values are",
        "single.csv, column 'label': all 40 rows have the same label, 'a'",
        "ages.csv, column 'age': 31 different whole numbers, from 18 to 48: a quantity, or classes?",
        "SOURCE: expected a file or folder that exists, or one of digits, breast_cancer, wine, got",
        "SOURCE: expected data on this computer; fetch them with: curl -LO https://example.org/a.csv",
        "broken.csv:3: expected 2 columns",
        "asked for torch",
        "asked for torch",
    ]
    assert len(found) == len(expected), found
    for line, text in zip(found, expected, strict=True):
        assert line.removeprefix("crossent fit: error: ").startswith(text), (line, text)
