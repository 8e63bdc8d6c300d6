"""`crossent run SCRIPT [ARGUMENTS]`: run a Python program with crossent's losses in place of torch.nn's."""

from __future__ import annotations

import importlib.util
import os
import sys
import types

USAGE = """\
usage: crossent run SCRIPT [ARGUMENTS]
       crossent run -m MODULE [ARGUMENTS]

Runs the program as `python SCRIPT ARGUMENTS` would, with crossent's losses in place of torch.nn's
(torch.nn.CrossEntropyLoss, torch.nn.functional.cross_entropy and their siblings).

Not reached: compiled code of your own that calls torch._C or torch.ops.aten, and worker processes
that start afresh (multiprocessing with "spawn"). In a program of your own: crossent.patch()."""


def run(argv: list[str]) -> int:
    """Patch, then run the program in this process; its own exceptions and exit status pass through."""
    if argv[:1] in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    module = argv[:1] == ["-m"]
    rest = argv[1:] if module else argv
    if not rest:
        print(f"crossent run: error: name the program to run.\n{USAGE}", file=sys.stderr)
        return 2
    try:
        path = _find_module(rest[0]) if module else _find_script(rest[0])
    except FileNotFoundError as error:
        print(f"crossent run: error: {error}", file=sys.stderr)
        return 2

    import crossent

    crossent.patch()
    sys.argv = [path, *rest[1:]]
    sys.path.insert(0, os.getcwd() if module else os.path.dirname(os.path.abspath(path)))
    return _execute(path, package=rest[0].rpartition(".")[0] if module else None)


def _find_script(name: str) -> str:
    path = os.path.join(name, "__main__.py") if os.path.isdir(name) else name
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no file {path!r} in {os.getcwd()}.")
    return path


def _find_module(name: str) -> str:
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
        raise FileNotFoundError(f"there is no module {name!r} that can be run.")
    return spec.origin


def _execute(path: str, package: str | None) -> int:
    """Run a file as the module `__main__`, which stays in place so that pickles and exit handlers find it."""
    main = types.ModuleType("__main__")
    vars(main).update(__file__=path, __package__=package, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    with open(path, "rb") as file:
        source = file.read()
    try:
        exec(compile(source, path, "exec"), vars(main))
    except Exception as error:
        # As Python shows it: without this frame, the outermost.
        outermost = error.__traceback__
        error.__traceback__ = outermost.tb_next if outermost else None
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0
