"""Runs the first example of the README with the crossent that is installed, and says whether its kernels are compiled.

`make wheel` and the workflow of the wheels call it where torch and crossent are all that there is.
"""

import re
import sys
from pathlib import Path

import crossent

EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

if __name__ == "__main__":
    source = Path(__file__).resolve().parent.parent
    if source in Path(crossent.__file__).parents and "site-packages" not in crossent.__file__:
        sys.exit(f"this is the crossent of the source tree, {crossent.__file__}, not an installed one")
    found = EXAMPLE.search((source / "README.md").read_text(encoding="utf-8"))
    assert found is not None
    exec(found[1], {"__name__": "README.md"})
    backend = next(row for row in crossent.backends() if row.device == "cpu" and row.dtype == "float32")
    print(f"crossent {Path(crossent.__file__).parent}: {backend.backend}, {backend.reason}")
    if backend.backend != "cpu":
        sys.exit("the kernels of this wheel are not compiled")
