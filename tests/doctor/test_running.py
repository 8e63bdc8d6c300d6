"""A watched script lives in the world that `python script.py` gives it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from .forks import Forks
from .training import MISTAKE, SPOILT, write


def script(tmp_path: Path, code: str) -> Path:
    """Write a script of its own."""
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    return path


def test_main_argv_path_and_folder_are_those_of_python(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("print('beside is', __name__)\n")
    script(
        tmp_path,
        """
        import atexit, inspect, os, pickle, sys
        import torch
        import beside

        class Thing:
            pass

        print(__name__, __file__, __doc__, __package__, __spec__, sys.argv, os.getcwd(), sys.stdin.read())
        print(sys.path[0], sys.modules["__main__"].Thing is Thing, type(pickle.loads(pickle.dumps(Thing()))) is Thing)
        print(inspect.getsource(Thing), sorted(name for name in globals() if not name.startswith("__")))
        torch.save(torch.nn.Linear(2, 2), "model.pt")
        print(type(torch.load("model.pt", weights_only=False)))
        atexit.register(lambda: print(torch.nn.functional.cross_entropy.__module__, torch.optim.SGD.step))
        """,
    )
    plain, watched = (
        subprocess.run(
            [sys.executable, *how, "script.py", "--a", "b c"],
            cwd=tmp_path,
            input="what is typed",
            capture_output=True,
            text=True,
            timeout=200,
        )
        for how in ([], ["-m", "crossent", "doctor"])
    )
    assert watched.stdout.split(" at 0x")[0] == plain.stdout.split(" at 0x")[0]
    assert "what is typed" in watched.stdout
    assert plain.stderr == ""
    assert watched.stderr == "crossent doctor: nothing wrong found in 0 optimizer steps\n"
    assert watched.returncode == plain.returncode == 0


def test_syntax_error(tmp_path: Path, forks: Forks) -> None:
    path = script(tmp_path, "import torch\nif True\n    pass\n")
    result = forks.doctor(path)
    assert "SyntaxError: expected ':'" in result.stderr
    assert "crossent/" not in result.stderr
    assert result.status == 1


def test_worker_processes_of_a_loader(tmp_path: Path, forks: Forks) -> None:
    path = write(tmp_path / "train.py", loader=", num_workers=2", last=SPOILT, each="print(f'{loss.item():.12f}')")
    plain, watched = forks.plain(path), forks.doctor(path)
    assert watched.stdout == plain.stdout
    assert watched.stderr.count("crossent doctor:") == 1
    assert MISTAKE in watched.stderr


def test_forked_children_do_not_report(tmp_path: Path, forks: Forks) -> None:
    path = write(
        tmp_path / "train.py",
        before="from torch import multiprocessing as mp",
        after="child = mp.get_context('fork').Process(target=print, args=('child',)); child.start(); child.join()\n"
        "pid = os.fork()\n"
        "if pid == 0: os._exit(0)\n"
        "os.waitpid(pid, 0); print('parent')",
    )
    result = forks.doctor(path)
    assert sorted(result.stdout.split()) == ["child", "parent"]
    assert result.stderr == "crossent doctor: nothing wrong found in 12 optimizer steps\n"


def test_two_threads_train_two_models(tmp_path: Path, forks: Forks) -> None:
    path = script(
        tmp_path,
        """
        import threading
        import torch
        from torch import nn

        losses = {}

        def train(name, spoilt):
            g = torch.Generator().manual_seed(len(name))
            model = nn.Linear(5, 3)
            with torch.no_grad():
                model.weight.copy_(0.1 * torch.randn(3, 5, generator=g))
                model.bias.zero_()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for _ in range(20):
                x = torch.randn(16, 5, generator=g)
                out = model(x)
                if spoilt:
                    out = out.softmax(1)
                loss = nn.functional.cross_entropy(out, x[:, :3].argmax(1))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            losses[name] = loss.item().hex()

        threads = [threading.Thread(target=train, args=a) for a in (("right", False), ("spoilt", True))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        print(sorted(losses.items()))
        """,
    )
    plain, watched = forks.plain(path), forks.doctor(path)
    assert watched.stdout == plain.stdout
    assert watched.report is not None
    assert [finding["id"] for finding in watched.report["findings"]] == [MISTAKE]


@pytest.mark.parametrize(
    "patch",
    [
        "def ce(*a, **k):\n    return original(*a, **k)\noriginal = F.cross_entropy\nF.cross_entropy = ce",
        "class CE(nn.CrossEntropyLoss):\n"
        "    def forward(self, a, b):\n        return super().forward(a, b)\nnn.CrossEntropyLoss = CE",
        "original = nn.Module.__call__\nnn.Module.__call__ = lambda self, *a, **k: original(self, *a, **k)",
        "original = torch.Tensor.backward\ntorch.Tensor.backward = lambda self, *a, **k: original(self, *a, **k)",
        "original = torch.optim.SGD.step\ntorch.optim.SGD.step = lambda self, *a: original(self, *a)",
        "from unittest import mock\nmock.patch.object(torch, 'save', print).start()",
    ],
    ids=["cross_entropy", "CrossEntropyLoss", "Module.__call__", "backward", "SGD.step", "save"],
)
def test_scripts_that_patch_torch_themselves(tmp_path: Path, forks: Forks, patch: str) -> None:
    path = tmp_path / "patches.py"
    path.write_text(
        "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
        + patch
        + textwrap.dedent("""
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(5, 3), nn.Softmax(1))
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(10):
            x = torch.randn(16, 5)
            loss = criterion(model(x), x[:, :3].argmax(1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(loss.item().hex())
        """)
    )
    plain, watched = forks.plain(path), forks.doctor(path)
    assert plain.status == 0, plain.stderr
    assert watched.stdout == plain.stdout
    assert watched.report is not None
    assert [finding["id"] for finding in watched.report["findings"]] == [MISTAKE], watched.stderr


def test_an_exception_in_a_hook_is_the_script_s_own(tmp_path: Path, forks: Forks) -> None:
    path = write(
        tmp_path / "train.py",
        each="model.register_forward_hook(lambda *a: 1 / 0)",
    )
    result = forks.doctor(path)
    traceback, _, verdict = result.stderr.partition("crossent doctor: ")
    assert traceback.count("ZeroDivisionError: division by zero") == 1
    assert verdict.startswith("the script died of ZeroDivisionError: division by zero at ")
    assert "after 1 optimizer steps; nothing else was found wrong" in verdict
    assert result.status == 1


def test_a_traceback_is_that_of_python(tmp_path: Path, forks: Forks) -> None:
    path = script(
        tmp_path,
        """
        import torch

        def read(layer, x):
            try:
                return torch.nn.functional.cross_entropy(layer(x), torch.zeros(2).long()).backward()
            except RuntimeError as error:
                raise ValueError("while reading") from error

        read(torch.nn.Linear(4, 3), torch.ones(2, 5))
        """,
    )
    plain, watched = forks.plain(path), forks.doctor(path)
    traceback, _, _ = watched.stderr.partition("crossent doctor: ")
    assert "RuntimeError: mat1 and mat2" in traceback
    # Without the doctor it is runpy that runs the script.
    assert plain.stderr.endswith(traceback.rpartition("Traceback")[2].partition("\n")[2])
    assert "crossent" not in traceback


def test_os_exit_keeps_its_name(tmp_path: Path, forks: Forks) -> None:
    path = write(
        tmp_path / "train.py", before="leave = os._exit", last=SPOILT, after="assert os._exit is leave; os._exit(7)"
    )
    result = forks.doctor(path)
    assert MISTAKE in result.stderr
    assert result.status == 7


def test_no_connection_is_opened(tmp_path: Path, forks: Forks) -> None:
    before = "sys.addaudithook(lambda event, arguments: event.startswith('socket.') and print(event, arguments))"
    result = forks.doctor(write(tmp_path / "train.py", before=before, last=SPOILT))
    assert result.stdout == ""
    assert MISTAKE in result.stderr


def test_a_script_without_torch(tmp_path: Path, forks: Forks) -> None:
    result = forks.doctor(script(tmp_path, "print('hello')\n"))
    assert result.stdout == "hello\n"
    assert result.stderr == "crossent doctor: nothing wrong found in 0 optimizer steps\n"
    assert result.status == 0
