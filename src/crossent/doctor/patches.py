"""Observation of calls without replacing what is called.

Code holds and compares functions of torch: tables made at import, `__torch_function__` handlers, `op is torch.lt`. So
every name keeps its object while it is watched. A Python function gets other code, which all who hold it run; a method
written in C is met on its way to an instance, so that the class still shows the method itself; a function written in C
is met where it is called by the name of its module (`torch.argmax(x)`), which the instruction at hand tells. A
TorchFunctionMode would see all of them, too, but under one torch takes other ways to its results.
"""

from __future__ import annotations

import copyreg
import dis
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any

_Make = Callable[[Any], Callable[..., Any]]


class Patches:
    """Calls that are observed, to be left alone again in reverse order."""

    def __init__(self) -> None:
        self._changes: list[_Change] = []
        self._last: list[Callable[[], None]] = []

    def after_undo(self, action: Callable[[], None]) -> None:
        """Also do this when everything is put back."""
        self._last.append(action)

    def wrap(self, owner: Any, name: str, make: _Make) -> None:
        """Let calls of `owner.name` run `make(original)`; nothing where there is no such attribute."""
        original = inspect.getattr_static(owner, name, None)
        if original is None:
            return
        change: _Change
        if isinstance(original, FunctionType):
            if any(isinstance(known, _Code) and known.function is original for known in self._changes):
                return
            change = _Code(original, make)
        elif isinstance(owner, ModuleType):
            change = _Name(owner, name, make(original))
        else:
            change = _Method(owner, name, original, make)
        change.do()
        self._changes.append(change)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Everything as it was, for a while."""
        changes = list(self._changes)
        for change in reversed(changes):
            change.undo()
        try:
            yield
        finally:
            for change in changes:
                change.do()

    def undo(self) -> None:
        """Put everything back."""
        while self._changes:
            self._changes.pop().undo()
        while self._last:
            self._last.pop()()


class _Change:
    """One observed name."""

    def do(self) -> None:
        raise NotImplementedError

    def undo(self) -> None:
        raise NotImplementedError


class _Code(_Change):
    """A Python function that runs `make(a copy of itself)`."""

    def __init__(self, function: FunctionType, make: _Make) -> None:
        self.function, self.before = function, function.__code__
        self.copy = FunctionType(
            self.before, function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )
        for name in ("__kwdefaults__", "__module__", "__qualname__", "__doc__", "__annotations__"):
            setattr(self.copy, name, getattr(function, name))
        vars(self.copy).update(vars(function))
        self.ours = _calling(make(self.copy), self.before)
        # What inspect.signature and inspect.getsource look at.
        self.shown = not hasattr(function, "__wrapped__")

    def do(self) -> None:
        if self.function.__code__ is self.before:
            self.function.__code__ = self.ours
            if self.shown:
                self.function.__wrapped__ = self.copy  # type: ignore[attr-defined]

    def undo(self) -> None:
        # What somebody else has put there in between stays theirs.
        if self.function.__code__ is self.ours:
            self.function.__code__ = self.before
            if self.shown:
                del self.function.__wrapped__  # type: ignore[attr-defined]


def _calling(call: Callable[..., Any], instead_of: CodeType) -> CodeType:
    """Code that hands its arguments to `call`, for a function with the free variables of `instead_of`."""
    code = _template(instead_of.co_freevars)
    constants = tuple(call if constant == _PLACE else constant for constant in code.co_consts)
    return code.replace(co_consts=constants, co_name=instead_of.co_name)


_PLACE = "the place of what is called"


@functools.lru_cache(maxsize=64)
def _template(free: tuple[str, ...]) -> CodeType:
    # The names are never reached; a function keeps its closure only with code that has as many of them.
    source = f"""
def make({", ".join(free)}):
    def call(*args, **kwargs):
        run = {_PLACE!r}
        return run(*args, **kwargs)
        {"; ".join(free)}
    return call
"""
    names: dict[str, Any] = {}
    exec(compile(source, "<crossent doctor>", "exec"), names)
    code: CodeType = names["make"](*free).__code__
    return code


class _Method(_Change):
    """A descriptor that gives instances `make(original)` and shows the class what was there before."""

    def __init__(self, owner: type, name: str, original: Any, make: _Make) -> None:
        self.owner, self.name, self.original = owner, name, original
        self.before = vars(owner).get(name)
        self.call = make(original)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self.original.__get__(None, owner)
        return MethodType(self.call, instance)

    def do(self) -> None:
        if vars(self.owner).get(self.name) is self.before:
            setattr(self.owner, self.name, self)

    def undo(self) -> None:
        if vars(self.owner).get(self.name) is not self:
            return
        if self.before is None:
            # It is inherited, and was not in the owner's own dictionary.
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.before)


class _Name(_Change):
    """A name of a module that gives `call` to whoever calls it on the spot, and the function itself to all others."""

    def __init__(self, module: ModuleType, name: str, call: Callable[..., Any]) -> None:
        self.module, self.name, self.original, self.call = module, name, vars(module)[name], call

    def __get__(self, module: Any, owner: type | None = None) -> Any:
        value = vars(module)[self.name]
        return self.call if value is self.original and _calls_at_once(sys._getframe(1)) else value

    def __set__(self, module: Any, value: Any) -> None:
        vars(module)[self.name] = value

    def __delete__(self, module: Any) -> None:
        del vars(module)[self.name]

    def do(self) -> None:
        kind: type[ModuleType] = type(self.module)
        if vars(kind).get("_observed") is None:
            kind = type(kind.__name__, (kind,), {"__module__": kind.__module__, "_observed": True})
            # Pickles of functions name the modules that they use, by their type.
            copyreg.pickle(kind, _named)
            self.module.__class__ = kind
        setattr(kind, self.name, self)

    def undo(self) -> None:
        kind: type[ModuleType] = type(self.module)
        if vars(kind).get(self.name) is self:
            delattr(kind, self.name)
            if not any(isinstance(value, _Name) for value in vars(kind).values()):
                self.module.__class__ = kind.__base__


def _named(module: ModuleType) -> tuple[Callable[[str], ModuleType], tuple[str]]:
    return importlib.import_module, (module.__name__,)


_calls: dict[tuple[CodeType, int], bool] = {}


def _calls_at_once(frame: FrameType) -> bool:
    """Return whether the attribute that a frame is reading is the function of a call."""
    key = (frame.f_code, frame.f_lasti)
    known = _calls.get(key)
    if known is None:
        known = _calls[key] = _reads_function(*key)
    return known


def _reads_function(code: CodeType, offset: int) -> bool:
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("EXTENDED_ARG", "CACHE")]
    here = next((number for number, step in enumerate(steps) if step.offset == offset), None)
    if here is None:
        return False
    step = steps[here]
    if step.opname == "LOAD_METHOD" or (
        step.opname == "LOAD_ATTR" and sys.version_info >= (3, 12) and (step.arg or 0) % 2
    ):
        return True
    if step.opname != "LOAD_ATTR":
        return False
    # From Python 3.12 on it reads methods, too, and says so in its lowest bit.
    if sys.version_info >= (3, 12) and (step.arg or 0) % 2:
        return True
    # Where a module is imported under its name, a NULL marks what is called: in front of the module (3.11, 3.12), put
    # there by LOAD_GLOBAL in functions, or behind the attribute (from 3.13 on).
    before = steps[here - 1] if here else step
    if before.opname == "LOAD_GLOBAL" and sys.version_info >= (3, 11) and (before.arg or 0) % 2:
        return True
    around = (*steps[max(here - 2, 0) : here - 1], *steps[here + 1 : here + 2])
    return any(other.opname == "PUSH_NULL" for other in around)
