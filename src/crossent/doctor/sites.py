"""Where in the user's own code something happens."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import CodeType, FrameType
from typing import NamedTuple

import torch

_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
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
# The same few lines come by at every step.
_sites: dict[tuple[CodeType, int], Site] = {}
# The script itself and what stands beside it is the user's, wherever it is installed.
_own_folders: set[str] = set()


class Site(NamedTuple):
    """A line of the user's code; `frames` of libraries have been skipped on the way to it."""

    file: str
    line: int
    function: str = ""

    def __str__(self) -> str:
        return f"{_shown(self.file)}:{self.line}" if self.line else _shown(self.file)


NOWHERE = Site("(outside of the script)", 0)


def here() -> Site:
    """The innermost line of user code that is running."""
    frame = user_frame()
    return NOWHERE if frame is None else site_of(frame)


def site_of(frame: FrameType) -> Site:
    """The line that a frame is at."""
    key = (frame.f_code, frame.f_lineno)
    site = _sites.get(key)
    if site is None:
        site = _sites[key] = Site(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
    return site


def user_frame() -> FrameType | None:
    """The innermost frame of user code, None if there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        own = _known.get(name)
        if own if own is not None else is_own(name):
            return frame
        frame = frame.f_back
    return None


def place(limit: int = 48) -> tuple[CodeType | int, ...]:
    """The innermost line of user code and the one that called it: what is called from two places is two places."""
    found: list[CodeType | int] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and len(found) < 4 and limit:
        if is_own(frame.f_code.co_filename):
            found += (frame.f_code, frame.f_lineno)
        frame, limit = frame.f_back, limit - 1
    return tuple(found)


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


def add_own(folder: str) -> None:
    """Count a folder as the user's, also where it lies among installed packages."""
    folder = os.path.realpath(folder) + os.sep
    if any(part in folder for part in _INSTALLED):
        _own_folders.add(folder)
        _known.clear()


def _is_own(file: str) -> bool:
    if file.startswith("<"):
        # Notebook cells and consoles have such names; so do frozen modules and code that libraries generate.
        return file.startswith(("<ipython-input", "<python-input", "<stdin>", "<input>", "<string>", "<doctest"))
    path = os.path.realpath(file)
    if any(path.startswith(folder) for folder in _own_folders):
        return True
    if any(part in path for part in _INSTALLED):
        return False
    return not path.startswith(_LIBRARIES)


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
