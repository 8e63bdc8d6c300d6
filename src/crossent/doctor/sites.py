"""Where in the user's own code something happens."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FrameType
from typing import NamedTuple

import torch

_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_PROJECT = (".git", "pyproject.toml", "setup.py")
_LIBRARIES = tuple(
    os.path.realpath(folder) + os.sep
    for folder in {
        os.path.dirname(torch.__file__),
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("platstdlib"),
    }
)

# File name -> is it the user's? Asked for every frame, so the answers are kept.
_known: dict[str, bool] = {}
# The same few lines come by at every step: identity of some code, and the place in it → the code, kept, and the line.
_sites: dict[tuple[int, int], tuple[CodeType, Site]] = {}
# The script's own tree: what stands in it is the user's, but for packages that are installed in it.
_own: tuple[str, ...] = ()


class Site(NamedTuple):
    """A line of the user's code; `frames` of libraries have been skipped on the way to it."""

    file: str
    line: int
    function: str = ""

    def __str__(self) -> str:
        return f"{_shown(self.file)}:{self.line}" if self.line else _shown(self.file)


# What the code of a file is called: nobody has called it.
_TOP = "<module>"
NOWHERE = Site("(outside of the script)", 0)


def here() -> Site:
    """The innermost line of user code that is running."""
    frame = user_frame()
    return NOWHERE if frame is None else site_of(frame)


def site_of(frame: FrameType) -> Site:
    """The line that a frame is at."""
    code = frame.f_code
    found = _sites.get((id(code), frame.f_lasti))
    if found is None:
        found = code, Site(code.co_filename, frame.f_lineno, code.co_name)
        _sites[id(code), frame.f_lasti] = found
    return found[1]


def user_frame(start: FrameType | None = None) -> FrameType | None:
    """The innermost frame of user code, as seen from here or from a frame; None if there is none."""
    frame: FrameType | None = sys._getframe(1) if start is None else start
    while frame is not None:
        name = frame.f_code.co_filename
        own = _known.get(name)
        if is_own(name) if own is None else own:
            return frame
        frame = frame.f_back
    return None


def place() -> tuple[Site, ...]:
    """The innermost line of user code and the one that called it: what is called from two places is two places."""
    inner = user_frame()
    if inner is None:
        return ()
    back = None if inner.f_code.co_name == _TOP else inner.f_back
    outer = None if back is None else user_frame(back)
    return (site_of(inner),) if outer is None else (site_of(inner), site_of(outer))


def stack(limit: int) -> list[Site]:
    """The lines of the user's running functions, innermost first."""
    found: list[Site] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and len(found) < limit:
        if is_own(frame.f_code.co_filename):
            found.append(site_of(frame))
        frame = frame.f_back
    return found


def is_own(file: str) -> bool:
    """Return whether a file belongs to the user: not to torch, to crossent, to an installed package or to Python."""
    answer = _known.get(file)
    if answer is None:
        answer = _known[file] = _is_own(file)
    return answer


def set_own(home: str | None) -> None:
    """Say where the user's code is: in the project of a program at `home`, or of the notebook, and of this folder."""
    global _own
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    given = home or (os.path.dirname(main) if main else os.getcwd())
    # An archive is one file, too; what stands beside a module that is installed is not the user's.
    alone = _is_installed(given) or (os.path.isfile(given) and not given.endswith(".py"))
    folder = os.path.dirname(given) if os.path.isfile(given) else given
    own = [given if alone else _project(folder), _project(os.getcwd())]
    _own = tuple(path if os.path.isfile(path) else os.path.join(path, "") for path in map(os.path.realpath, own))
    _known.clear()


def _project(folder: str) -> str:
    """The folder around a folder that says of itself that it is a project; the folder itself where there is none."""
    at = os.path.realpath(folder)
    while at != os.path.dirname(at):
        if any(os.path.exists(os.path.join(at, name)) for name in _PROJECT):
            return at
        at = os.path.dirname(at)
    return folder


def _is_own(file: str) -> bool:
    if file.startswith("<"):
        # Notebook cells and consoles have such names; so do frozen modules and code that libraries generate.
        return file.startswith(("<ipython-input", "<python-input", "<stdin>", "<input>", "<string>", "<doctest"))
    path = os.path.realpath(file)
    if not os.path.exists(path) and not _is_installed(path):
        # A cell of a notebook, or of a test.
        return True
    tree = next((tree for tree in _own if path.startswith(tree)), None)
    if tree is None:
        return False
    libraries = (folder for folder in _LIBRARIES if path.startswith(folder))
    return all(tree.startswith(folder) for folder in (*libraries, *_installed_in(path)))


def _is_installed(path: str) -> bool:
    return any(True for _ in _installed_in(os.path.realpath(path)))


def _installed_in(path: str) -> Iterator[str]:
    """The folders of installed packages around a file, by name or because pip says so (`pip install --target`)."""
    for part in _INSTALLED:
        if part in path:
            yield path[: path.rindex(part) + len(part)]
    for entry in sys.path:
        folder = os.path.join(os.path.realpath(entry), "")
        if path.startswith(folder) and _of_pip(folder):
            yield folder


@lru_cache(maxsize=256)
def _of_pip(folder: str) -> bool:
    try:
        return any(name.endswith(".dist-info") for name in os.listdir(folder))
    except OSError:
        return False


def _shown(file: str) -> str:
    cell = _cell_number(file)
    if cell:
        return cell
    if file.startswith(("<", "(")):
        return file
    relative = os.path.relpath(file)
    return os.path.abspath(file) if relative.startswith(os.pardir) else relative


def _cell_number(file: str) -> str | None:
    """ "In[3]" for the file name that IPython gives to a notebook cell."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    numbers = getattr(getattr(shell, "compile", None), "_filename_map", None) or {}
    return f"In[{numbers[file]}]" if file in numbers else None
