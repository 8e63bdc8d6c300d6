"""Answers of the author of a line: `# crossent: ignore[ID]` takes a finding of that line out of the report."""

from __future__ import annotations

import linecache
import re

_ANSWER = re.compile(r"#\s*crossent:\s*ignore\[([a-z\-,\s]+)\]")


def silenced(file: str, line: int, finding: str) -> bool:
    """Return whether a line of the script says that this finding of it is meant.

    Example::

        >>> import linecache
        >>> code = ["loss = criterion(probabilities, y)  # crossent: ignore[softmax-before-cross-entropy]"]
        >>> linecache.cache["train.py"] = (1, None, code, "train.py")
        >>> silenced("train.py", 1, "softmax-before-cross-entropy"), silenced("train.py", 1, "nan-loss")
        (True, False)
    """
    answer = _ANSWER.search(linecache.getline(file, line))
    return answer is not None and finding in re.split(r"[,\s]+", answer[1].strip())
