"""Runs a script as `python script.py` would, watched."""

from __future__ import annotations

import importlib.util
import os
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader

from . import sites
from .observers.optimizers import StepLimit
from .report import Report
from .watch import start, stop

INTERRUPTED = 130


@dataclass(frozen=True)
class Program:
    """A file to run: `shown` is what it finds in sys.argv[0], `spec` what it was found by if it was named by `-m`."""

    path: str
    shown: str
    spec: ModuleSpec | None = None


def find_script(name: str) -> Program:
    """The program of a file, or of a folder with a `__main__.py`.

    Raises:
        FileNotFoundError: there is no such file.
    """
    path = os.path.join(name, "__main__.py") if os.path.isdir(name) else name
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no file {path!r} in {os.getcwd()}")
    return Program(os.path.abspath(path), name)


def find_module(name: str) -> Program:
    """The program of `-m name`.

    Raises:
        FileNotFoundError: there is no such module, or it cannot be run.
    """
    sys.path.insert(0, os.getcwd())
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except ModuleNotFoundError:
        spec = None
    finally:
        sys.path.pop(0)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"there is no module {name!r} that can be run")
    return Program(spec.origin, spec.origin, spec)


def run_watched(
    program: Program,
    arguments: list[str],
    *,
    report: Report,
    steps: int | None,
    done: Callable[[int], int],
) -> int:
    """Run a program as `__main__`, watched.

    `done` gets the script's own exit status once the report is complete, and returns that of the whole. It is called
    once, however the script ends: also on Ctrl-C, on an exception, on `sys.exit` and on `os._exit`.
    """
    sys.argv = [program.shown, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.realpath(program.path)) if program.spec is None else os.getcwd())
    sites.add_own(program.path)
    engine, patches = start(report, steps)
    own_process, ended = os.getpid(), False
    exit_at_once = os._exit

    def end(status: int, error: BaseException | None = None) -> int:
        # A forked child that comes by must not report for its parent.
        nonlocal ended
        if ended or os.getpid() != own_process:
            return status
        ended = True
        os._exit = exit_at_once
        stop(engine, patches, error)
        sys.stdout.flush()
        return done(status)

    def leave(status: int) -> None:
        exit_at_once(end(status))

    os._exit = leave  # type: ignore[assignment]
    try:
        _execute(program)
    except StepLimit:
        return end(0)
    except KeyboardInterrupt:
        return end(INTERRUPTED)
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return end(leaving.code or 0)
        print(leaving.code, file=sys.stderr)
        return end(1)
    except Exception as error:
        # As Python shows it: without our own frames, the outermost two.
        for _ in range(2):
            error.__traceback__ = error.__traceback__.tb_next if error.__traceback__ else None
        sys.excepthook(type(error), error, error.__traceback__)
        return end(1, error)
    return end(0)


def _execute(program: Program) -> None:
    """Run a file as the module `__main__`, which stays in place so that pickles and exit handlers find it."""
    main, spec, path = types.ModuleType("__main__"), program.spec, program.path
    vars(main).update(
        __file__=path,
        __builtins__=__builtins__,
        __loader__=spec.loader if spec is not None else SourceFileLoader("__main__", path),
        __package__=spec.parent if spec is not None else None,
        __spec__=spec,
    )
    sys.modules["__main__"] = main
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec")
    exec(code, vars(main))
