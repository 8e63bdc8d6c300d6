"""`crossent bench`: its options, the texts of its errors, the table, the picture, and its exit status."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from matplotlib.image import imread

import crossent.bench
from crossent.bench import everyday
from crossent.bench.cases import EVERYDAY, QUICK, Case, label
from crossent.bench.check import WrongResultError
from crossent.bench.comparison import How, Row
from crossent.cli import main
from crossent.cli.bench import make_parser

# Frozen: an option that goes or changes its name breaks the scripts of users.
OPTIONS = {
    "--help": None,
    "--output": None,
    "--json": None,
    "--device": None,
    "--dtype": "float32",
    "--cases": "",
    "--rounds": None,
    "--threads": None,
    "--no-compile": False,
    "--quick": False,
}


def run(arguments: list[str]) -> int:
    return main(["bench", *arguments])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[How]:
    """No measuring; returns how it would have been done."""
    asked: list[How] = []

    def measure(case: Case, how: How) -> Row:
        asked.append(how)
        seconds = {"torch": 4e-3, "crossent": 1e-3, "unit": 5e-4}
        if how.compile:
            seconds["torch.compile"] = 2e-3
        return Row(case, seconds, {"torch": 3000, "crossent": 1000})

    monkeypatch.setattr(everyday, "measure", measure)
    return asked


def test_the_options_are_frozen() -> None:
    listed = re.findall(r"^  (?:-\w(?: \w+)?, )?(--[\w-]+)", make_parser().format_help(), re.MULTILINE)
    assert listed == list(OPTIONS)
    given = vars(make_parser().read([]))
    assert {name: given[name.strip("-").replace("-", "_")] for name in OPTIONS if name != "--help"} == {
        name: default for name, default in OPTIONS.items() if name != "--help"
    }


@pytest.mark.parametrize(
    ("arguments", "how"),
    [
        ([], [How("cpu", 7)] * len(EVERYDAY)),
        (["--no-compile"], [How("cpu", 7, compile=False)] * len(EVERYDAY)),
        (["--quick"], [How("cpu", 3, compile=False)] * len(QUICK)),
        (["--quick", "--rounds", "5"], [How("cpu", 5, compile=False)] * len(QUICK)),
    ],
)
def test_how_is_measured(arguments: list[str], how: list[How], measured: list[How]) -> None:
    assert run(["--device", "cpu", *arguments]) == 0
    assert measured == how


def test_cases_are_chosen_by_a_part_of_their_names_in_any_dtype(
    measured: list[How], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--device", "cpu", "--cases", "bce (8", "--dtype", "bfloat16"]) == 0
    assert len(measured) == 1
    assert "\nBCE (8, 1, 512, 512) bfloat16 " in capsys.readouterr().out


def test_help_lists_the_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert capsys.readouterr().out.endswith("cases:\n" + "".join(f"  {label(case)}\n" for case in EVERYDAY))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["--round", "3"],
            "there is no option --round; did you mean --rounds? crossent bench --help lists all options",
        ),
        (["--qqqq"], "there is no option --qqqq; crossent bench --help lists all options"),
        (["--outptu=x"], "there is no option --outptu; did you mean --output? crossent bench --help lists all options"),
        (["BCE"], "one argument too many: 'BCE'; to choose cases write --cases BCE"),
        (
            ["--rounds", "0"],
            "--rounds: expected a whole number of at least 1, got '0'; write for example --rounds 7",
        ),
        (
            ["--threads", "many"],
            "--threads: expected a whole number of at least 1, got 'many'; write for example --threads 4",
        ),
        (["--rounds"], "--rounds needs a value; write for example --rounds 7"),
        (["-o"], "--output needs a value; write for example --output crossent-bench.png"),
        (["--json"], "--json needs a value; write for example --json crossent-bench.json"),
        (["--quick=3"], "--quick takes no value; write --quick alone"),
        (["--device", "gpu"], "--device: expected one of cpu, cuda, got 'gpu'; write for example --device cpu"),
        (
            ["--dtype", "bfloat"],
            "--dtype: expected one of float32, bfloat16, float16, float64, got 'bfloat'; "
            "write for example --dtype bfloat16",
        ),
        (["-o", "."], "--output: expected a file, got the folder '.'; write for example --output file"),
        (["-o", "no/x.png"], "--output: there is no folder 'no'; write for example --output x.png"),
        (["--json", "no/x.json"], "--json: there is no folder 'no'; write for example --json x.json"),
    ],
)
def test_a_mistake_on_the_command_line(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err == f"crossent bench: error: {text}\n"


def test_a_case_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--quick", "--cases", "xyz"]) == 2
    names = "".join(f"  {label(case)}\n" for case in QUICK)
    assert capsys.readouterr().err == f"crossent bench: error: --cases: no case holds 'xyz'; the cases are:\n{names}"


def test_a_device_that_there_is_not(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert run(["--device", "cuda"]) == 2
    assert capsys.readouterr().err == (
        "crossent bench: error: --device: torch finds no CUDA device on this machine; write --device cpu\n"
    )


def test_it_prints_the_table_and_draws_it(
    folder: Path, measured: list[How], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--device", "cpu"]) == 0
    assert measured == [How("cpu", 7)] * len(EVERYDAY)
    out, err = capsys.readouterr()
    assert err == ""
    versions, softmax, sigmoid, *rest = out.splitlines()
    assert versions.startswith(
        f"crossent {crossent.bench.everyday.version('crossent')}, torch {torch.__version__}, Python "
    )
    backend, reason = next(row for row in crossent.backends() if row[:3] == ("softmax_xent", "cpu", "float32"))[3:]
    assert softmax == f"softmax_xent of float32 on cpu: {backend} ({reason})"
    assert sigmoid.startswith("sigmoid_xent of float32 on cpu: ")
    assert "medians of 7 rounds" in out
    rows = [line for line in rest if line.startswith(("cross entropy", "BCE"))]
    assert [re.split(r" {2,}", row) for row in rows] == [
        [label(case), "4.00", "0.50", "0.25", "2.0", "0.33"] for case in EVERYDAY
    ]
    assert rest[-1] == "wrote crossent-bench.png"
    assert [file.name for file in folder.iterdir()] == ["crossent-bench.png"]
    height, width, _ = imread("crossent-bench.png").shape
    assert (width, height) == (1536, round(160 * (1.75 + 0.6 * len(EVERYDAY))))


def test_a_busy_machine_is_remarked(
    measured: list[How], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for load in (0.0, 99.5):
        monkeypatch.setattr("os.getloadavg", lambda load=load: (load, 0.0, 0.0), raising=False)
        assert run(["--device", "cpu", "--quick"]) == 0
        said.append(capsys.readouterr().out)
    warning = "The load here was 99.5 in the last minute: whatever still runs beside this distorts the ratios.\n"
    assert [warning in out for out in said] == [False, True]


def test_it_measures(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing replaced, on a case that takes a moment."""
    assert run(["--device", "cpu", "--no-compile", "--cases", "(32, 10)", "--rounds", "1", "--json", "a.json"]) == 0
    row = capsys.readouterr().out.splitlines()[-4].split()
    assert row[:5] == ["cross", "entropy", "(32,", "10)", "float32"]
    milliseconds, compiled, ratio, copies, memory = row[5:]
    assert float(milliseconds) > 0
    assert (compiled, memory) == ("–", "–")
    assert 0 < float(ratio) < float(copies)
    assert sorted(file.name for file in folder.iterdir()) == ["a.json", "crossent-bench.png"]


def test_json_holds_every_number(measured: list[How], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--device", "cpu", "--quick", "--json", "a.json", "-o", "b"]) == 0
    report = json.loads(Path("a.json").read_text())
    assert report["versions"]["torch"] == torch.__version__
    assert (report["device"], report["rounds"]) == ("cpu", 3)
    assert report["backends"][0]["operator"] == "softmax_xent"
    assert [case["name"] for case in report["cases"]] == [label(case) for case in QUICK]
    first = report["cases"][0]
    assert first["shape"] == [1024, 1000]
    assert first["seconds"] == {"torch": 4e-3, "crossent": 1e-3, "copy": 5e-4}
    assert first["extra_peak_bytes"] == {"torch": 3000, "crossent": 1000}
    assert Path("b").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("asked", "status"), [([], 0), (["-o", "a.png"], 1)])
def test_without_matplotlib_the_table_stands(
    asked: list[str],
    status: int,
    folder: Path,
    measured: list[How],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It fails only where the picture was asked for by name."""
    # None is how Python marks a module that cannot be imported.
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(["--device", "cpu", "--quick", "--json", "a.json", *asked]) == status
    out, err = capsys.readouterr()
    assert all(label(case) in out for case in QUICK)
    name = "a.png" if asked else "crossent-bench.png"
    assert err == (
        f'crossent bench: {name} was not drawn: matplotlib not installed; write: pip install "crossent[bench]"\n'
    )
    assert [file.name for file in folder.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            WrongResultError("the loss is not torch's: 1 instead of 2; not timed"),
            "the loss is not torch's: 1 instead of 2",
        ),
        (RuntimeError("not enough memory: you tried to allocate\nmore"), "not enough memory: you tried to allocate"),
    ],
)
def test_a_case_that_fails_is_named_and_the_others_stand(
    error: Exception,
    text: str,
    measured: list[How],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = everyday.measure

    def failing(case: Case, how: How) -> Row:
        if case == QUICK[0]:
            raise error
        return good(case, how)

    monkeypatch.setattr(everyday, "measure", failing)
    assert run(["--device", "cpu", "--quick"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith(f"{label(QUICK[0])} was not measured: {text}")]
    assert [line for line in lines if line.startswith(label(QUICK[1])) and "0.25" in line]
    assert lines[-1] == "wrote crossent-bench.png"


def test_a_note_is_printed_once(
    measured: list[How], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = everyday.measure
    note = "torch.compile does not work here: no C++ compiler"
    monkeypatch.setattr(everyday, "measure", lambda case, how: replace(good(case, how), notes=(note,)))
    assert run(["--device", "cpu", "--no-compile"]) == 0
    assert capsys.readouterr().out.count(note) == 1


def test_a_file_that_cannot_be_written_is_an_error(
    measured: list[How], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(everyday, "write_text", full)
    assert run(["--device", "cpu", "--quick", "--json", "a.json"]) == 1
    assert capsys.readouterr().err == "crossent bench: error: No space left on device\n"


def test_threads_are_set_and_cuda_is_preferred(
    measured: list[How], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a card")
    assert run(["--quick", "--threads", "3"]) == 0
    assert asked == [3]
    assert {how.device for how in measured} == {"cuda"}
    out = capsys.readouterr().out
    assert ", a card\n" in out
    assert "softmax_xent of float32 on cuda: " in out
