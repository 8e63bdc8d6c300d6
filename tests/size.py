"""How large the project is, beside the last commit: `make test` prints it, so that growth is seen where it happens."""

from __future__ import annotations

import ast
import io
import subprocess
import tarfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
FOLDERS = ("src", "tests")
LONG = 60


class Size(NamedTuple):
    """Python files, their lines, and functions of more than `LONG` lines."""

    files: int
    lines: int
    long: int


def size(texts: list[str]) -> Size:
    """The size of files with these texts."""
    return Size(len(texts), sum(len(text.splitlines()) for text in texts), sum(map(long_functions, texts)))


def long_functions(text: str) -> int:
    """The number of functions of more than `LONG` lines, from their decorators to their ends."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    starts = [min([node.lineno, *(line.lineno for line in node.decorator_list)]) for node in functions]
    return sum((node.end_lineno or 0) - start >= LONG for node, start in zip(functions, starts, strict=True))


def texts_here(folder: str) -> list[str]:
    """The Python files of a folder."""
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / folder).rglob("*.py"))]


def texts_of(commit: str, folder: str) -> list[str]:
    """The same of a commit; none where there is no such commit."""
    packed = git("archive", commit, folder)
    if not packed:
        return []
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [archive.extractfile(member) for member in archive if member.name.endswith(".py")]
        return [file.read().decode() for file in members if file]


def previous() -> str:
    """The commit to compare with: the last one, or the one before if nothing has changed since."""
    return "HEAD" if git("status", "--porcelain", "--", *FOLDERS) else "HEAD~1"


def git(*arguments: str) -> bytes:
    """The output of git; nothing where it fails, or is not there."""
    try:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return b""


def line(folder: str, now: Size, before: Size) -> str:
    """One folder's line."""
    counts = zip(("files", "lines", f"functions over {LONG} lines"), now, before, strict=True)
    parts = [f"{new:,} {name}" + (f" ({new - old:+,})" if before.files else "") for name, new, old in counts]
    return f"{folder + ':':7}{', '.join(parts)}"


if __name__ == "__main__":
    for folder in FOLDERS:
        print(line(folder, size(texts_here(folder)), size(texts_of(previous(), folder))))
