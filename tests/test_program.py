"""`crossent run` and `crossent doctor` run a program as `python` runs it: each case is held against `python` itself."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest

from crossent.program import INTERRUPTED

# The runner alone answers at once; the commands load torch before.
ALONE = str(Path(__file__).with_name("running.py"))
HOW = {"alone": [ALONE], "run": ["-m", "crossent", "run"], "doctor": ["-m", "crossent", "doctor"]}

SHOW = """
import sys, os, pickle, helper

class Thing:
    pass

loader = globals().pop("__loader__")
spec = globals().pop("__spec__")
print({name: value for name, value in globals().items() if name.startswith("__") and name != "__builtins__"})
print(type(__builtins__), type(loader), getattr(loader, "path", None), loader.name if hasattr(loader, "name") else None)
print(spec and (spec.name, spec.origin, spec.parent))
print(sys.argv, sys.path, os.getcwd(), helper.WHERE)
print(type(pickle.loads(pickle.dumps(Thing()))) is Thing, sys.modules["__main__"].Thing is Thing)
"""
SPAWN = """
import multiprocessing, sys
{imports}
def work(number):
    return number + BASE

if __name__ == "__main__":
    print(sys.argv)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [1, 2]))
"""
ENDS = {
    "returns": "print('done')",
    "exit": "import sys; sys.exit(7)",
    "exit-none": "import sys; sys.exit()",
    "exit-text": "import sys; sys.exit('no data')",
    "exit-text-beside-output": "import sys; print('one'); sys.exit(['no', 'data'])",
    "raises": "def inner():\n    1 / 0\nprint('before')\ninner()",
    "raises-from": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('a') from error",
    "base-exception": "class Stop(BaseException): pass\nraise Stop('here')",
    "interrupt": "raise KeyboardInterrupt",
    "group": "import asyncio\nasync def main(): raise RuntimeError('x')\nasyncio.run(main())",
    "syntax": "if True\n    pass",
    "exit-at-once": "import os; os._exit(5)",
    "own-hook": "import sys\nsys.excepthook = lambda *error: print('hook', error[0].__name__)\n1 / 0",
    "exit-handlers": "import atexit\natexit.register(print, 'at exit', __name__)\nraise SystemExit(3)",
    "thread": "import threading, time\n"
    "def late():\n    time.sleep(0.3); print('late')\nthreading.Thread(target=late).start()",
    "annotations": "def f(x: int): pass\nprint(f.__annotations__)\ny: int = 3\nprint(__annotations__)",
    "future": "from __future__ import annotations\ndef f(x: int): pass\nprint(f.__annotations__)",
    "encoding": "# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))",
    "warning": "import warnings\nwarnings.warn('old')",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of all kinds, each with a helper beside it."""
    root = tmp_path_factory.mktemp("programs")
    (root / "helper.py").write_text("WHERE = 'working directory'\n")
    for path in ("job/train.py", "job/package/__main__.py", "job/package/module.py", "tool/__main__.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(SHOW)
    for path in ("job/helper.py", "tool/helper.py"):
        (root / path).write_text("WHERE = 'beside the script'\n")
    for path in ("job/__init__.py", "job/package/__init__.py"):
        (root / path).write_text("import sys\nprint('package', sys.argv, sys.path[0])\n")
    (root / "job/relative.py").write_text(SPAWN.format(imports="from .package.values import BASE"))
    (root / "job/package/values.py").write_text("BASE = 10\n")
    (root / "job/spawning.py").write_text(SPAWN.format(imports="from constant import BASE"))
    (root / "job/constant.py").write_text("BASE = 20\n")
    (root / "broken").mkdir()
    (root / "broken/__init__.py").write_text("raise RuntimeError('the package itself')")
    (root / "broken/module.py").write_text("")
    (root / "needy.py").write_text("import absent_module")
    (root / "empty").mkdir()
    (root / "links").mkdir()
    (root / "links/linked.py").symlink_to(root / "job/train.py")
    (root / "links/folder").symlink_to(root / "tool")
    with zipfile.ZipFile(root / "archive.zip", "w") as archive:
        archive.write(root / "tool/__main__.py", "__main__.py")
        archive.writestr("helper.py", "WHERE = 'inside the archive'\n")
    compile_code = "import py_compile; py_compile.compile('job/train.py', cfile='job/compiled.pyc')"
    subprocess.run([sys.executable, "-c", compile_code], cwd=root, check=True)
    (root / "ends").mkdir()
    for name, code in ENDS.items():
        (root / "ends" / f"{name}.py").write_bytes(code.encode("latin-1"))
    return root


def start(folder: Path, *command: str) -> subprocess.Popen[str]:
    # The source tree, which PYTHONPATH may name, must not be the working folder's.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    arguments = [sys.executable, *command]
    pipe = subprocess.PIPE
    return subprocess.Popen(arguments, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def both(folder: Path, how: str, *program: str, flags: tuple[str, ...] = ()) -> list[tuple[int, str, str]]:
    """Status, output and errors by python and by a command; the doctor's own line is taken off."""
    processes = [start(folder, *flags, *command, *program) for command in ([], HOW[how])]
    results = []
    for process in processes:
        output, errors = process.communicate("typed", timeout=100)
        errors = re.sub(r"crossent doctor: (nothing wrong found in|the script died of) .*\n$", "", errors)
        results.append((process.returncode, output, re.sub(r" at 0x\w+", "", errors)))
    return results


PROGRAMS = [
    ["job/train.py", "--lr", "3", "-m", "--help"],
    ["./job/../job/train.py"],
    ["job/compiled.pyc", "x"],
    ["-m", "job.train", "--lr", "3"],
    ["-m", "job.package"],
    ["-m", "job.package.module"],
    ["-mjob.package.module", "x"],
    ["job/package"],
    ["tool", "x"],
    ["tool/"],
    ["archive.zip", "x"],
    ["links/linked.py"],
    ["links/folder"],
    ["job/spawning.py", "x"],
    ["-m", "job.relative", "x"],
    ["-m", "broken.module"],
    ["needy.py"],
    ["-m", "needy"],
]


@pytest.mark.parametrize("program", PROGRAMS, ids=" ".join)
def test_the_world_of_a_program_is_python_s(folder: Path, program: list[str]) -> None:
    python, ours = both(folder, "alone", *program)
    assert ours == python


# Each of these loads torch: one case a command, for all others are the runner's.
@pytest.mark.parametrize(
    ("how", "program"), [("run", ["links/linked.py", "--lr", "3"]), ("doctor", ["-m", "job.relative"])]
)
def test_both_commands_give_this_world(folder: Path, how: str, program: list[str]) -> None:
    python, ours = both(folder, how, *program)
    assert ours == python


@pytest.mark.parametrize("flags", [("-P",), ("-I",)], ids=str)
@pytest.mark.parametrize("program", [["job/constant.py"], ["-m", "json.tool", "--help"], ["tool"]], ids=" ".join)
def test_a_safe_path_stays_safe(folder: Path, flags: tuple[str, ...], program: list[str]) -> None:
    if flags == ("-P",) and sys.version_info < (3, 11):
        pytest.skip("-P is of Python 3.11")
    if flags == ("-I",) and "PYTHONPATH" in os.environ:
        pytest.skip("with -I Python finds crossent only where it is installed")
    python, ours = both(folder, "alone", *program, flags=flags)
    assert ours == python


@pytest.mark.parametrize("end", ENDS)
def test_a_program_ends_as_in_python(folder: Path, end: str) -> None:
    python, ours = both(folder, "alone", f"ends/{end}.py")
    if end == "interrupt":
        assert (python[0], ours[0]) == (-signal.SIGINT, INTERRUPTED)
        python, ours = python[1:], ours[1:]
    assert ours == python


@pytest.mark.parametrize(("how", "end"), [("run", "exit-text"), ("doctor", "raises")])
def test_both_commands_end_like_this(folder: Path, how: str, end: str) -> None:
    python, ours = both(folder, how, f"ends/{end}.py")
    assert ours == python


def test_nothing_else_can_be_imported(folder: Path) -> None:
    """Neither the folder of the command nor the working folder, as with python."""
    code = "try:\n    import only_here\nexcept ImportError:\n    print('absent')\n"
    (folder / "only_here.py").write_text("")
    (folder / "job" / "asks.py").write_text(code)
    python, ours = both(folder, "alone", "job/asks.py")
    assert ours == python
    assert ours[1] == "absent\n"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (["absent.py"], "there is no file 'absent.py' in {folder}"),
        (["empty"], "there is no program 'empty' to run: can't find '__main__' module in '{folder}/empty'"),
        (["-m", "absent"], "there is no module 'absent' to run: No module named absent"),
        (
            ["-m", "job.absent"],
            "there is no module 'job.absent' to run: No module named job.absent",
        ),
        (
            ["-m", "job"],
            "there is no module 'job' to run: "
            "No module named job.__main__; 'job' is a package and cannot be directly executed",
        ),
        (
            ["-m", "job/train.py"],
            "there is no module 'job/train.py' to run: Error while finding module specification for 'job/train.py' "
            "(ModuleNotFoundError: No module named 'job/train'). Try using 'job/train' instead of 'job/train.py' as "
            "the module name.",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_run(folder: Path, program: list[str], message: str) -> None:
    (python_status, *_), (status, output, errors) = both(folder, "alone", *program)
    assert python_status != 0
    assert (status, errors) == (2, f"{message.format(folder=folder)}\n")
    assert "True" not in output


def test_the_command_complains_about_it(folder: Path) -> None:
    _, (status, output, errors) = both(folder, "doctor", "-m", "absent")
    assert (status, output) == (2, "")
    assert errors == "crossent doctor: error: there is no module 'absent' to run: No module named absent\n"


def test_ctrl_c(folder: Path) -> None:
    """Exit handlers run, the traceback is python's, and a shell's loop sees that it was a signal."""
    code = """
    import atexit, time
    atexit.register(print, "at exit")
    print("ready", flush=True)
    time.sleep(60)
    """
    (folder / "waits.py").write_text(textwrap.dedent(code))
    results = []
    for command in ([], HOW["run"]):
        process = start(folder, *command, "waits.py")
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        results.append((process.returncode, output, errors))
    assert results[0][0] == -signal.SIGINT
    assert results[1] == results[0]
