"""Runs a script as `python script.py` would, watched."""

from __future__ import annotations

import importlib.util
import os
import sys
import types
from collections.abc import Callable

from . import sites
from .observers.optimizers import StepLimit
from .report import Report
from .watch import start, stop

INTERRUPTED = 130


def find_script(name: str) -> str:
    """The file to run for `name`: itself, or its `__main__.py` if it is a folder.

    Raises:
        FileNotFoundError: there is no such file.
    """
    path = os.path.join(name, "__main__.py") if os.path.isdir(name) else name
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no file {path!r} in {os.getcwd()}")
    return path


def find_module(name: str) -> str:
    """The file to run for `-m name`.

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
    return spec.origin


def run_watched(
    path: str,
    arguments: list[str],
    *,
    report: Report,
    module: str | None = None,
    steps: int | None = None,
    done: Callable[[Report], None],
) -> int:
    """Run the file `path` as `__main__`, watched; returns the script's own exit status.

    `module` is its dotted name where it was named by `-m`. `done` gets the complete report, once, however the script
    ends: also on Ctrl-C, on an exception, on `sys.exit` and on `os._exit`.
    """
    own_process = os.getpid()
    sys.argv = [path, *arguments]
    sys.path.insert(0, os.getcwd() if module else os.path.dirname(os.path.abspath(path)))
    sites.add_own(path)
    engine, patches = start(report, steps)
    # The same finally for every way out; a forked child that comes by must not report for its parent.
    ended = False

    def end(error: BaseException | None = None) -> None:
        nonlocal ended
        if ended or os.getpid() != own_process:
            return
        ended = True
        stop(engine, patches, error)
        sys.stdout.flush()
        done(report)

    exit_at_once = os._exit

    def leave(status: int) -> None:
        end()
        exit_at_once(status)

    os._exit = leave  # type: ignore[assignment]
    try:
        return _execute(path, module, end)
    finally:
        end()
        os._exit = exit_at_once


def _execute(path: str, module: str | None, end: Callable[[BaseException | None], None]) -> int:
    # `__main__` stays in place so that pickles and exit handlers find it.
    main = types.ModuleType("__main__")
    package = module.rpartition(".")[0] if module else None
    spec = importlib.util.spec_from_file_location(module, path) if module else None
    vars(main).update(__file__=path, __package__=package, __builtins__=__builtins__, __spec__=spec)
    sys.modules["__main__"] = main
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec")
        exec(code, vars(main))
    except StepLimit:
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return leaving.code or 0
        print(leaving.code, file=sys.stderr)
        return 1
    except Exception as error:
        # As Python shows it: without this frame, the outermost.
        outermost = error.__traceback__
        error.__traceback__ = outermost.tb_next if outermost else None
        sys.excepthook(type(error), error, error.__traceback__)
        end(error)
        return 1
    return 0
