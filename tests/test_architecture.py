"""The house holds: who imports whom. Lazy and type-only imports are imports too."""

from __future__ import annotations

import ast

import pytest

from .house.source import MODULES, SOURCE, circles, imported, imported_modules

# Room -> the rooms of crossent that it may import from (its own always). Some are yet to come.
MAY_IMPORT = {
    "core": set(),
    "reference": {"core"},
    "kernels": {"core"},
    "ops": {"kernels", "core", "reference"},
    "parallel": {"ops", "kernels", "core"},
    "functional": {"parallel", "ops", "core"},
    "modules": {"functional", "core"},
    "patching": {"modules", "functional"},
    "extras": set(),
    "program": set(),
    "printable": set(),
    "files": set(),
    "wording": set(),
    "weights": {"core"},
    "train": {"modules", "functional", "core", "extras", "files", "printable", "weights", "wording", ""},
    "doctor": {"modules", "functional", "core", "program", "wording"},
    "bench": {"modules", "functional", "kernels", "core", "files"},
    "cli": {
        *("train", "doctor", "bench", "core", "patching", "kernels", ""),
        *("extras", "files", "program", "printable", "wording"),
    },
    "integrations": {"train", "doctor", "modules", "functional", "core", ""},
    "sklearn": {"train", "modules", "functional", "core", "extras", ""},
    "": {"modules", "functional", "parallel", "core", "patching", "kernels", "train", "doctor", "weights"},
    "__main__": {"cli"},
}

# The rooms of train/, from the ground: each knows only rooms on floors below its own.
TRAIN_FLOORS = (
    {"errors", "config"},
    {"tasks", "runtime"},
    {"data"},
    {"models"},
    {"state"},
    {"display", "evaluation"},
    {"report"},
    {"inference"},
    {"fitting"},
    {""},
)

# Package -> the only rooms, or files, that may import it.
FENCES = {
    "triton": ("kernels/triton",),
    "torch.distributed": ("ops/sharded_xent.py", "core/reduction.py", "train", "parallel"),
    "jinja2": ("train/report",),
    "matplotlib": ("train/report", "bench/plot.py"),
    "lightning_fabric": ("train", "integrations"),
    "sklearn": ("train", "sklearn"),
    "rich": ("train", "cli", "doctor/console.py"),
    "numpy": ("train", "cli", "sklearn"),
    "pyarrow": ("train", "cli"),
    "PIL": ("train",),
    "tokenizers": ("train/data",),
}


def room(module: str) -> str:
    """The first name below crossent: a folder, or a module beside it; "" is `crossent/__init__.py`."""
    return module.split(".")[1] if "." in module else ""


def train_room(module: str) -> str:
    """The first name below crossent.train; "" is its `__init__.py`."""
    return module.split(".")[2] if module.count(".") > 1 else ""


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downward(module: str) -> None:
    own = room(module)
    for name in imported(module):
        if name.split(".")[0] != "crossent":
            continue
        target = room(name)
        known = target if target in MAY_IMPORT else ""
        assert known == own or known in MAY_IMPORT[own] or (known == "" and name == "crossent"), f"{own} imports {name}"


def test_every_room_has_a_rule() -> None:
    assert {room(module) for module in MODULES} <= MAY_IMPORT.keys()


def test_rooms_of_train_know_only_rooms_below() -> None:
    floor = {name: number for number, names in enumerate(TRAIN_FLOORS) for name in names}
    inside = [module for module in MODULES if room(module) == "train"]
    assert {train_room(module) for module in inside} == floor.keys()
    upward = [
        f"{module} imports {other}"
        for module in inside
        for other in imported_modules(module)
        if room(other) == "train"
        and train_room(other) != train_room(module)
        and floor[train_room(other)] >= floor[train_room(module)]
    ]
    assert not upward


def test_no_circles() -> None:
    found = circles({module: imported_modules(module) for module in MODULES})
    assert not list(map(" <-> ".join, found))


def test_a_circle_is_found_through_lazy_and_type_only_imports() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a"}}
    assert list(circles(graph)) == [["b", "c"]]
    # Both imports of this pair are inside of a function, or under TYPE_CHECKING.
    assert "crossent.train.fitting.api" in imported_modules("crossent.train")
    assert "crossent.modules" in imported_modules("crossent")


def test_backends_do_not_import_each_other() -> None:
    backends = {f"crossent.kernels.{path.parent.name}" for path in (SOURCE / "kernels").glob("*/__init__.py")}
    for module in MODULES:
        own = ".".join(module.split(".")[:3])
        if own in backends:
            known = {".".join(name.split(".")[:3]) for name in imported(module)} & backends
            assert known <= {own}, module


@pytest.mark.parametrize("package", FENCES)
def test_fences(package: str) -> None:
    for module, path in MODULES.items():
        if any(name == package or name.startswith(package + ".") for name in imported(module)):
            relative = path.relative_to(SOURCE).as_posix()
            assert relative.startswith(FENCES[package]), f"{relative} imports {package}"


def test_files_have_one_subject() -> None:
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    long = {module: n for module, n in lengths.items() if n > 300}
    assert not long, f"files of more than 300 lines: {long}"


def test_kernels_take_few_arguments_and_one_function_launches_them() -> None:
    """At most 20, by tuples; whether products are fused into sums is said at every launch, because there is one."""
    launches = []
    for path in sorted((SOURCE / "kernels" / "triton").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.endswith("_kernel"):
                assert len(node.args.args) <= 20, f"{path.name}: {node.name}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Subscript):
                launches.append({keyword.arg for keyword in node.keywords})
    assert len(launches) == 1
    assert "enable_fp_fusion" in launches[0]
