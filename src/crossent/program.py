"""Another Python program, run in this process as `python` would run it."""

from __future__ import annotations

import builtins
import io
import os
import pkgutil
import runpy
import sys
from importlib.machinery import PathFinder, SourceFileLoader, SourcelessFileLoader
from importlib.util import find_spec
from types import CodeType, ModuleType
from typing import NamedTuple

INTERRUPTED = 130


class ProgramError(Exception):
    """A program that cannot be run; the text says why."""


class Program(NamedTuple):
    """A program and its arguments, as they stand behind `python` on a command line."""

    # A script, a folder or an archive with a __main__.py inside; of -m, a module or a package.
    name: str
    arguments: list[str]
    is_module: bool = False

    def check(self) -> None:
        """Look for the file; a module is looked for where it runs, since that imports its package.

        Raises:
            ProgramError: there is none.
        """
        if not self.is_module and not os.path.exists(self.name):
            raise ProgramError(f"there is no file {self.name!r} in {os.getcwd()}")

    def home(self) -> str:
        """The folder, file or archive of the program's own code: of a module, that of its outermost package."""
        if not self.is_module:
            path = os.path.realpath(self.name)
            return path if _is_container(path) else os.path.dirname(path)
        outermost = self.name.partition(".")[0]
        spec = PathFinder.find_spec(outermost, [os.getcwd()]) or find_spec(outermost)
        if spec is None:
            return os.getcwd()
        return next(iter(spec.submodule_search_locations or ()), spec.origin or "")

    def run(self) -> BaseException | None:
        """Run it as the module `__main__`; returns what it raised, without our own frames in its traceback.

        Module, arguments and path stay in place, so that exit handlers, pickles and child processes find them.

        Raises:
            ProgramError: there is no such program.
        """
        try:
            self._run()
        except SystemExit as leaving:
            if isinstance(leaving.__context__, runpy._Error):  # type: ignore[attr-defined]
                what = "module" if self.is_module else "program"
                raise ProgramError(f"there is no {what} {self.name!r} to run: {leaving.__context__}") from None
            return _without_our_frames(leaving)
        except BaseException as error:
            return _without_our_frames(error)
        return None

    def _run(self) -> None:
        main = ModuleType("__main__")
        sys.modules["__main__"] = main
        vars(main)["__builtins__"] = builtins
        if sys.version_info < (3, 14):
            vars(main)["__annotations__"] = {}
        sys.argv = ["-m" if self.is_module else self.name, *self.arguments]
        # As Python makes it absolute: "./" and ".." stay.
        path = os.path.join(os.getcwd(), self.name)
        if self.is_module:
            _set_first_path(os.getcwd())
            runpy._run_module_as_main(self.name)  # type: ignore[attr-defined]
        elif _is_container(path):
            _set_first_path(path, even_if_safe=True)
            runpy._run_module_as_main("__main__", alter_argv=False)  # type: ignore[attr-defined]
        else:
            _set_first_path(os.path.dirname(os.path.realpath(path)))
            loader = (SourcelessFileLoader if path.endswith(".pyc") else SourceFileLoader)("__main__", path)
            vars(main).update(__file__=path, __loader__=loader, __cached__=None)
            exec(_code(path, loader), vars(main))


def exit_status(error: BaseException | None) -> int:
    """Show what a program has raised, as `python` shows it; returns the exit status."""
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)
        return 1
    sys.excepthook(type(error), error, error.__traceback__)
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def _is_container(path: str) -> bool:
    """Return whether modules can be imported from it: a folder or a zip archive."""
    return pkgutil.get_importer(path) is not None


def _set_first_path(folder: str, even_if_safe: bool = False) -> None:
    """Put the program's folder where Python has put that of the `crossent` command; python -P puts none there."""
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        sys.path[0] = folder
    elif even_if_safe:
        sys.path.insert(0, folder)


def _code(path: str, loader: SourceFileLoader | SourcelessFileLoader) -> CodeType:
    if isinstance(loader, SourcelessFileLoader):
        code = loader.get_code("__main__")
        assert code is not None, "a loader of files finds code or raises"
        return code
    with io.open_code(path) as file:
        # Not with this file's own __future__ imports.
        return compile(file.read(), path, "exec", dont_inherit=True)


def _without_our_frames(error: BaseException) -> BaseException:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    return error.with_traceback(traceback)
