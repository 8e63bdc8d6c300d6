"""Runs many short scripts cheaply: one process imports torch and the doctor once, and a fork of it runs each script.

`python -m tests.doctor.forks` is the server; `Forks` is its client. Requests and answers are lines of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent.parent
SECONDS_AT_MOST = 120
EXIT_OF_A_TRACEBACK = 1


class Result(NamedTuple):
    """How a script ended, what it wrote, and how long it took."""

    status: int
    stdout: str
    stderr: str
    seconds: float
    report: dict[str, Any] | None


class Forks:
    """The client: starts the server, and runs scripts with or without the doctor."""

    def __init__(self) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default", "COLUMNS": "120"}
        environment.pop("LANG", None)
        environment["PYTHONUTF8"] = "1"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.doctor.forks"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.folder = tempfile.TemporaryDirectory(prefix="crossent-doctor-")

    def doctor(
        self, script: Path, *arguments: str, options: tuple[str, ...] = (), folder: Path | None = None
    ) -> Result:
        """Run `crossent doctor --json … OPTIONS SCRIPT ARGUMENTS` in an empty folder, or in one that is given."""
        return self._ask("doctor", ["--json", "report.json", *options, str(script), *arguments], folder)

    def plain(self, script: Path, *arguments: str) -> Result:
        """Run `python SCRIPT ARGUMENTS` in an empty folder."""
        return self._ask("plain", [str(script), *arguments])

    def _ask(self, how: str, argv: list[str], folder: Path | None = None) -> Result:
        with tempfile.TemporaryDirectory(dir=self.folder.name) as empty, tempfile.TemporaryDirectory() as written:
            cwd = str(folder or empty)
            request = {"how": how, "argv": argv, "cwd": cwd, "written": written}
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            assert line, f"the server has died, status {self.process.wait(timeout=10)}"
            answer = json.loads(line)
            report = Path(cwd) / "report.json"
            return Result(
                answer["status"],
                (Path(written) / "stdout").read_text(encoding="utf-8"),
                (Path(written) / "stderr").read_text(encoding="utf-8"),
                answer["seconds"],
                json.loads(report.read_text(encoding="utf-8")) if report.exists() else None,
            )

    def close(self) -> None:
        """End the server."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.folder.cleanup()


def serve() -> None:
    """Answer requests until stdin ends."""
    import runpy

    # All that the children would otherwise import one by one.
    import lightning_fabric  # noqa: F401
    import torch
    import torch._dynamo

    import crossent.cli.doctor
    import crossent.doctor.console
    import crossent.files
    import crossent.functional
    import crossent.program
    from crossent.doctor import checks

    checks.all_checks()
    torch.set_num_threads(1)
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        child = os.fork()
        if child == 0:
            _become(request)
            # Torch replaces its pool of threads after a fork, where the first two threads to ask for it race: "Invalid
            # thread pool!" (ParallelOpenMP.cpp). Now it has been replaced.
            torch.set_num_threads(torch.get_num_threads())
            signal.alarm(SECONDS_AT_MOST)
            status = EXIT_OF_A_TRACEBACK
            try:
                if request["how"] == "doctor":
                    status = crossent.cli.main(["doctor", *request["argv"]])
                else:
                    sys.argv[:] = request["argv"]
                    sys.path[0] = str(Path(request["argv"][0]).parent)
                    runpy.run_path(request["argv"][0], run_name="__main__")
                    status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else int(end.code is not None)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        answer = {"status": os.waitstatus_to_exitcode(ended), "seconds": time.perf_counter() - start}
        print(json.dumps(answer), flush=True)


def _become(request: dict[str, Any]) -> None:
    """Give the fork its folder and files."""
    os.chdir(request["cwd"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(os.path.join(request["written"], name), os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)


if __name__ == "__main__":
    serve()
