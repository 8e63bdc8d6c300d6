"""The documents keep their word: their code runs, their messages are the current ones, their links lead somewhere."""

import doctest
import re
import runpy
import shlex
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

import crossent
from crossent.cli import main
from crossent.core.checks import binary
from crossent.doctor.checks import all_checks
from crossent.ops.small import SMALL

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
DOCS = ROOT / "docs"
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

# These quote what torch says, word for word.
QUOTING = ("differences.md", "errors.md", "math.md")
QUOTED_TORCH = "2.13"

# What a line of a program prints stands behind it.
PRINTED = re.compile(r"^print\(.*\)  # (.+)$", re.MULTILINE)
# A block that begins with the name of a file is a script: tests/doctor/test_tutorials.py runs it.
FENCE = re.compile(r"^```python\n(?!# \w+\.py\n)(.*?)^```$", re.MULTILINE | re.DOTALL)
# A command to train, unless the page goes on with how it is refused, or a run folder or a file of settings is needed.
FIT = re.compile(r"^\$ crossent fit\b(?!.* (?:--resume|--config|>) )(.*)\n(?!crossent fit: error)", re.MULTILINE)
LINK = re.compile(r"(?<!`)\[[^\]\n]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# A message is one line; on a page it is wrapped.
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def name(page: Path) -> str:
    """The path of a page below the project's folder."""
    return page.relative_to(ROOT).as_posix()


class Block(NamedTuple):
    """A code block and the number of its first line, counted from 0."""

    code: str
    line: int


def blocks(page: Path) -> list[Block]:
    """The python blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(match[1], text.count("\n", 0, match.start(1))) for match in FENCE.finditer(text)]


def run(page: Path) -> None:
    """Run the blocks of a page from top to bottom in one namespace: sessions as doctests, the others as programs."""
    names: dict[str, Any] = {"__name__": page.name}
    for block in blocks(page):
        if not block.code.startswith(">>>"):
            with redirect_stdout(StringIO()) as printed:
                exec(compile("\n" * block.line + block.code, str(page), "exec"), names)
            assert printed.getvalue().splitlines() == PRINTED.findall(block.code)
            continue
        session = doctest.DocTestParser().get_doctest(block.code, names, page.name, str(page), block.line)
        complaints: list[str] = []
        doctest.DocTestRunner(optionflags=FLAGS).run(session, out=complaints.append, clear_globs=False)
        assert not complaints, "".join(complaints)
        names.update(session.globs)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the built pages name them."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(prose)}


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """One thread, as the material is tiny, and no trace of what a page patches or draws."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        yield
    crossent.unpatch()
    # A page shows a warning that is given once in a process; so does its translation.
    binary._told.clear()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def forward_mode_loaded() -> None:
    """The first forward-mode call imports rules that torch still scripts with its own deprecated torch.jit.script."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
        import torch._decomp.decompositions_for_jvp  # noqa: F401


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name)
@pytest.mark.usefixtures("forward_mode_loaded")
# torch.compile instantiates every autograd.Function that it traces, and torch warns about that.
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_code_on_a_page_runs(page: Path) -> None:
    if page.name in QUOTING and not torch.__version__.startswith(f"{QUOTED_TORCH}."):
        pytest.skip(f"quotes torch {QUOTED_TORCH}, this is {torch.__version__}")
    run(page)


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.name)
def test_example_runs_and_is_short(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out.strip()
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 40


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_on_a_page_are_understood(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in FIT.findall(page.read_text(encoding="utf-8")):
        arguments = shlex.split(words, comments=True)
        if "--help" in arguments:
            continue
        try:
            status = main(["fit", *arguments, "--print_config"])
        except SystemExit as end:
            status = end.code
        assert not status, f"crossent fit{words}\n{capsys.readouterr().err}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_local_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}, which is not there"
        assert not anchor or anchor in anchors(target), f"{page.name}: {target.name} has no heading for #{anchor}"


def test_readmes_say_the_same() -> None:
    """Same code, and as many rows and headings: a translation that fell behind shows here."""
    english, chinese = (ROOT / "README.md", ROOT / "README.zh-CN.md")
    comment = re.compile(r" *#.*$", re.MULTILINE)
    assert [comment.sub("", b.code) for b in blocks(chinese)] == [comment.sub("", b.code) for b in blocks(english)]
    counts = [
        [
            len(re.findall(start, page.read_text(encoding="utf-8"), re.MULTILINE))
            for start in (r"^\|", r"^#", r"^- ", r"^```")
        ]
        for page in (english, chinese)
    ]
    assert counts[0] == counts[1]


def test_the_chinese_page_of_errors_is_as_the_english_one_says() -> None:
    """The same sessions, and every paragraph in Chinese: one that is new or changed shows here."""
    made = runpy.run_path(str(DOCS / "errors_page.py"))
    assert (DOCS / "zh" / "errors.md").read_text(encoding="utf-8") == made["page"](), (
        "write: python docs/errors_page.py"
    )
    english = (DOCS / "errors.md").read_text(encoding="utf-8").split("\n\n")
    assert {*made["TEXTS"]} == {" ".join(text.split()) for text in english if " ".join(text.split()) in made["TEXTS"]}


def test_pages_know_how_small_small_is() -> None:
    """Several pages say below how many logits torch's own composite runs."""
    told = {number for page in PAGES for number in re.findall(r"ewer than ([\d,]+)", page.read_text(encoding="utf-8"))}
    assert told == {f"{SMALL:,}"}


@pytest.mark.parametrize(("page", "said"), [("README.md", r"finds (\d+) such"), ("README.zh-CN.md", r"(\d+) 种这样")])
def test_readmes_know_how_many_mistakes_the_doctor_finds(page: str, said: str) -> None:
    assert re.findall(said, (ROOT / page).read_text(encoding="utf-8")) == [str(len(all_checks()))]
