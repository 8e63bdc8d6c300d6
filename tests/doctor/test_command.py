"""`crossent doctor`: its options, its exit status, what it prints where, and how it answers wrong arguments."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from crossent.cli import main

from .forks import Forks
from .training import MISTAKE, MISTAKE_LINE, SPOILT, write

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the real command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "crossent", "doctor", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=200,
        encoding="utf-8",
    )


def test_findings_go_to_stderr_and_the_script_s_own_prints_to_stdout(tmp_path: Path) -> None:
    write(tmp_path / "train.py", last=SPOILT, after="print('accuracy', 0.5); print(sys.argv)")
    done = command("train.py", "--lr", "3", cwd=tmp_path)
    assert done.stdout == "accuracy 0.5\n['train.py', '--lr', '3']\n"
    assert MISTAKE in done.stderr
    assert f"train.py:{MISTAKE_LINE}" in done.stderr
    assert done.stderr.rstrip().splitlines()[-1] == "crossent doctor: 1 error in 12 optimizer steps"
    assert done.returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train.py"]


def test_a_sound_training_gets_one_line(tmp_path: Path, forks: Forks) -> None:
    result = forks.doctor(write(tmp_path / "train.py"))
    assert result.stderr == "crossent doctor: nothing wrong found in 12 optimizer steps\n"
    assert result.status == 0
    assert result.report == {"version": 1, "steps": 12, "backward_passes": 12, "crash": None, "findings": []}


def test_json_holds_every_field(tmp_path: Path, forks: Forks) -> None:
    report = forks.doctor(write(tmp_path / "train.py", last=SPOILT)).report
    assert report is not None
    (finding,) = report["findings"]
    assert finding["id"] == MISTAKE
    assert finding["severity"] == "error"
    assert finding["count"] == 12
    assert finding["where"].endswith(f"train.py:{MISTAKE_LINE}")
    assert all(finding[key] for key in ("message", "evidence", "fix"))


def test_steps_end_the_script(tmp_path: Path, forks: Forks) -> None:
    script = write(tmp_path / "train.py", last=SPOILT, epochs=10**6, each="print('step')")
    result = forks.doctor(script, options=("--steps", "5"))
    assert result.report is not None
    assert result.report["steps"] == 5
    assert result.stdout.splitlines() in (["step"] * 4, ["step"] * 5)
    assert "in 5 optimizer steps" in result.stderr
    assert result.status == 1


def test_steps_end_even_a_script_that_catches_every_exception(tmp_path: Path, forks: Forks) -> None:
    script = tmp_path / "stubborn.py"
    script.write_text(
        textwrap.dedent("""
        import torch
        model = torch.nn.Linear(4, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for step in range(10**6):
            try:
                x = torch.randn(8, 4)
                loss = torch.nn.functional.cross_entropy(model(x), x[:, :3].argmax(1))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            except Exception as error:
                print("caught", error)
        """)
    )
    result = forks.doctor(script, options=("--steps", "3"))
    assert result.stdout == ""
    assert result.status == 0


def test_findings_in_chinese(tmp_path: Path, forks: Forks) -> None:
    result = forks.doctor(write(tmp_path / "train.py", last=SPOILT), options=("--lang", "zh"))
    assert result.report is not None
    (finding,) = result.report["findings"]
    assert all(CHINESE.search(finding[key]) for key in ("message", "evidence", "fix"))
    assert "1 个错误" in result.stderr
    sound = forks.doctor(write(tmp_path / "sound.py"), options=("--lang", "zh"))
    assert "没有发现问题" in sound.stderr


@pytest.mark.parametrize(("level", "status"), [("error", 1), ("warning", 1), ("never", 0)])
def test_fail_on(tmp_path: Path, forks: Forks, level: str, status: int) -> None:
    script = write(tmp_path / "train.py", last=SPOILT)
    assert forks.doctor(script, options=("--fail-on", level)).status == status


def test_a_finding_in_preview_is_a_note_that_is_counted_apart(tmp_path: Path, forks: Forks) -> None:
    late = "nn.utils.clip_grad_norm_(model.parameters(), 0.1)"
    script = write(tmp_path / "train.py", each=late)
    result = forks.doctor(script, options=("--fail-on", "warning"))
    assert result.status == 0
    assert result.stderr.startswith("note (preview)  clip-without-effect  ")
    assert result.stderr.endswith("\ncrossent doctor: 1 in preview in 12 optimizer steps\n")
    assert result.report is not None
    assert [(f["severity"], f["preview"]) for f in result.report["findings"]] == [("note", True)]
    both = forks.doctor(write(tmp_path / "both.py", last=SPOILT, each=late), options=("--lang", "zh"))
    assert both.stderr.endswith("\ncrossent doctor：12 个优化步中发现 1 个错误、1 个试用提示\n")


def test_a_module_is_run_with_its_package(tmp_path: Path) -> None:
    package = tmp_path / "project" / "train"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").write_text("SEED = 3\n")
    write(
        package / "__main__.py",
        before="from . import SEED; print(SEED, sys.argv[1:], __package__, __name__)",
        last=SPOILT,
    )
    done = command("--fail-on", "never", "-m", "project.train", "--epochs", "2", cwd=tmp_path)
    assert done.stdout == "3 ['--epochs', '2'] project.train __main__\n"
    assert f"__main__.py:{MISTAKE_LINE}" in done.stderr
    assert done.returncode == 0


def test_a_crash_is_shown_as_python_shows_it_and_reported_on(tmp_path: Path, forks: Forks) -> None:
    script = write(tmp_path / "train.py", last=SPOILT, after="raise RuntimeError('no space left on device')")
    result = forks.doctor(script, options=("--fail-on", "never"))
    assert result.status == 1
    traceback, report = result.stderr.split("RuntimeError: no space left on device\n")
    line = len(script.read_text().splitlines())
    assert traceback == (
        f'Traceback (most recent call last):\n  File "{script}", line {line}, in <module>\n'
        "    raise RuntimeError('no space left on device')\n"
    )
    assert MISTAKE in report


@pytest.mark.parametrize(
    ("leave", "status", "told"),
    [
        ("sys.exit(0)", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('no data')", 1, "no data\n"),
        ("os._exit(5)", 5, ""),
        ("raise SystemExit(4)", 4, ""),
        ("exit(6)", 6, ""),
    ],
)
def test_the_exit_status_is_the_script_s_own(tmp_path: Path, forks: Forks, leave: str, status: int, told: str) -> None:
    result = forks.doctor(write(tmp_path / "train.py", after=leave))
    assert result.status == status
    assert result.stderr == told + "crossent doctor: nothing wrong found in 12 optimizer steps\n"
    assert result.report is not None


@pytest.mark.parametrize("leave", ["sys.exit(0)", "os._exit(0)"])
def test_a_finding_fails_a_script_that_left_content(tmp_path: Path, forks: Forks, leave: str) -> None:
    result = forks.doctor(write(tmp_path / "train.py", last=SPOILT, after=leave))
    assert MISTAKE in result.stderr
    assert result.status == 1


def test_ctrl_c_ends_the_script_and_shows_the_report(tmp_path: Path) -> None:
    write(tmp_path / "train.py", last=SPOILT, epochs=10**6, each="print('step', flush=True)")
    with subprocess.Popen(
        [sys.executable, "-m", "crossent", "doctor", "--json", "report.json", "train.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "step\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        try:
            _, stderr = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            # Python drops an interrupt that meets a destructor: people press again.
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=200)
    assert process.returncode == 130
    assert MISTAKE in stderr
    assert json.loads((tmp_path / "report.json").read_text())["findings"]


def test_missing_script(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "trian.py"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"crossent doctor: error: there is no file 'trian.py' in {tmp_path}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--steps", "0", "a.py"], "--steps: expected a whole number of at least 1, got '0'"),
        (["--steps", "many", "a.py"], "--steps: expected a whole number of at least 1, got 'many'"),
        (["--lang", "de", "a.py"], "--lang: expected one of auto, en, zh, got 'de'"),
        (["--fail-on", "note", "a.py"], "--fail-on: expected one of error, warning, never, got 'note'"),
        (["--step", "3", "a.py"], "there is no option --step; did you mean --steps?"),
        (["--json", "no/such/folder/r.json", "a.py"], "--json: there is no folder 'no/such/folder'"),
        (["--json", "r" * 255, "a.py"], f"--json: cannot write '{'r' * 255}': File name too long"),
        (["--json"], "--json needs a value"),
        (
            ["-m", "no_such_module_here"],
            "there is no module 'no_such_module_here' to run: No module named no_such",
        ),
    ],
)
def test_wrong_arguments(capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    assert main(["doctor", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("crossent doctor: error: ")
    assert told in err
    assert err.count("\n") == 1


def test_help_lists_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--help"]) == 0
    out = capsys.readouterr().out
    assert re.findall(r"^  (-h, --help|-+\w\S*)", out, re.MULTILINE) == [
        "-h, --help",
        "--steps",
        "--json",
        "--lang",
        "--fail-on",
        "--explain",
        "--list",
        "-m",
    ]
