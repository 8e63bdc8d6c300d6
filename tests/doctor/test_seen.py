"""No blind hours: what happens once, late, between the windows, in losses and models of one's own, and in a crash."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from .forks import Forks, Result

SETUP = """
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(640, 10)
y = (x[:, 0] > 0).long()
model = nn.Sequential(nn.Linear(10, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)


def step(loss_of=F.cross_entropy):
    rows = torch.randint(0, 500, (32,))
    optimizer.zero_grad()
    loss = loss_of(model(x[rows]), y[rows])
    loss.backward()
    optimizer.step()
    return loss


def squares(scores, y):
    return ((scores - F.one_hot(y, 2)) ** 2).mean()
"""


def run(forks: Forks, folder: Path, code: str, *options: str) -> Result:
    script = folder / "train.py"
    script.write_text(SETUP + textwrap.dedent(code), encoding="utf-8")
    return forks.doctor(script, options=options)


def alarms(result: Result) -> set[str]:
    assert result.report is not None, result.stderr
    assert "doctor-fault" not in result.stderr
    return {finding["id"] for finding in result.report["findings"] if finding["severity"] != "note"}


EVALUATED = "train-mode-during-evaluation"
FINAL_TESTS = {
    "argmax": "print((model(x[500:]).argmax(1) == y[500:]).float().mean().item())",
    "torch.max": "print((torch.max(model(x[500:]), 1)[1] == y[500:]).sum().item())",
    "in a function": "def test():\n    return torch.argmax(model(x[500:]), 1).eq(y[500:]).sum()\nprint(test())",
    "a loss": "print(F.cross_entropy(model(x[500:]), y[500:]).item())",
    "no grad": "with torch.no_grad(): print(model(x[500:]).topk(1)[1].sum())",
}


@pytest.mark.parametrize("how", FINAL_TESTS)
def test_a_final_test_is_seen_outside_of_the_windows(forks: Forks, tmp_path: Path, how: str) -> None:
    assert alarms(run(forks, tmp_path, "for _ in range(150): step()\n" + FINAL_TESTS[how])) == {EVALUATED}


@pytest.mark.parametrize("steps", [100, 400])
def test_a_final_test_is_seen_after_any_number_of_steps(forks: Forks, tmp_path: Path, steps: int) -> None:
    code = f"for _ in range({steps}): step()\n"
    assert alarms(run(forks, tmp_path, code + FINAL_TESTS["argmax"])) == {EVALUATED}
    assert alarms(run(forks, tmp_path, code + "model.eval()\n" + FINAL_TESTS["no grad"])) == set()


def test_a_training_that_goes_on_elsewhere_is_no_evaluation(forks: Forks, tmp_path: Path) -> None:
    code = """
    for _ in range(150): step()
    for rows in torch.arange(500).split(50):
        loss = F.cross_entropy(model(x[rows]), y[rows])
        (loss + F.cross_entropy(model(x[rows]), y[rows])).backward()
        optimizer.step(); optimizer.zero_grad()
    """
    assert EVALUATED not in alarms(run(forks, tmp_path, code))


PLATEAU = """
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode={mode!r})
for epoch in range(10):
    for _ in range({steps}): step({loss})
    value = {value} + 0.01 * epoch
    scheduler.step(value)
"""


@pytest.mark.parametrize(
    ("steps", "loss"), [(8, "F.cross_entropy"), (20, "squares"), (20, "F.cross_entropy"), (60, "squares")]
)
def test_a_scheduler_is_judged_wherever_the_windows_fall(forks: Forks, tmp_path: Path, steps: int, loss: str) -> None:
    wrong = PLATEAU.format(mode="min", steps=steps, loss=loss, value=0.5)
    assert alarms(run(forks, tmp_path, wrong)) == {"scheduler-wrong-mode"}
    assert alarms(run(forks, tmp_path, wrong.replace("'min'", "'max'"))) == set()


LOSSES = {
    "squares": "squares",
    "mse": "lambda s, y: F.mse_loss(s, F.one_hot(y, 2).float())",
    "focal": "lambda s, y: (-(1 - s.softmax(1)) ** 2 * s.log_softmax(1))[range(len(y)), y].mean()",
    "by hand": "lambda s, y: -torch.log(s.softmax(1))[range(len(y)), y].sum() / len(y)",
}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loop_is_judged_for_losses_of_any_kind(forks: Forks, tmp_path: Path, loss: str) -> None:
    kept = f"total = 0\nfor _ in range(40): total = total + step({LOSSES[loss]})"
    assert alarms(run(forks, tmp_path, kept)) == {"graph-kept-across-batches"}
    assert (
        alarms(run(forks, tmp_path, kept.replace("+ step", "+ 1 * step").replace("40): total", "3): total"))) == set()
    )
    never = f"optimizer.zero_grad = lambda: None\nfor _ in range(40): step({LOSSES[loss]})"
    assert alarms(run(forks, tmp_path, never)) == {"missing-zero-grad"}
    assert alarms(run(forks, tmp_path, f"for _ in range(40): last = step({LOSSES[loss]}).item()")) == set()


FUNCTIONAL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(10, 16), nn.Linear(16, 2)

    def forward(self, x):
        return self.last(F.dropout(self.first(x).relu(), {p}, self.training))


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(4):
    {train}
    for _ in range(10): step()
    {eval}
    with torch.no_grad(): print((model(x[500:]).argmax(1) == y[500:]).sum().item())
"""


@pytest.mark.parametrize(
    ("p", "train", "eval", "found"),
    [
        (0.5, "model.train()", "pass", {EVALUATED}),
        (0.5, "pass", "model.eval()", {"eval-mode-during-training"}),
        (0.5, "model.train()", "model.eval()", set()),
        (0.0, "pass", "pass", set()),
        (0.0, "pass", "model.eval()", set()),
    ],
)
def test_a_model_whose_only_dropout_is_a_function(
    forks: Forks, tmp_path: Path, p: float, train: str, eval: str, found: set[str]
) -> None:
    result = run(forks, tmp_path, FUNCTIONAL.format(p=p, train=train, eval=eval))
    assert alarms(result) == found
    assert ("F.dropout" in result.stderr) == bool(found)


OWN_OPTIMIZER = """
for number in range(40):
    rows = torch.randint(0, 500, (32,))
    model.zero_grad()
    F.cross_entropy(model(x[rows]), y[rows]).backward()
    print("pass", number)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.1 * parameter.grad
"""


def test_an_optimizer_that_is_not_torchs(forks: Forks, tmp_path: Path) -> None:
    code = "del optimizer\n" + OWN_OPTIMIZER
    result = run(forks, tmp_path, code)
    assert "nothing wrong found in 40 backward passes (0 steps of torch's optimizers seen)" in result.stderr
    short = run(forks, tmp_path, code, "--steps", "7")
    assert short.stdout.count("pass") == 7
    assert "7 backward passes" in short.stderr
    assert short.report is not None
    assert (short.report["steps"], short.report["backward_passes"], short.report["crash"]) == (0, 7, None)


CRASHES = {
    "step first": (
        "for _ in range(3):\n"
        "    loss = F.cross_entropy(model(x), y)\n    optimizer.step()\n    model.zero_grad()\n    loss.backward()",
        "optimizer.step() (train.py:26) ran between the forward pass and this backward pass",
    ),
    "in place": (
        "h = x[:8].clone().requires_grad_().exp(); h += 1\n(h * h).sum().backward()\n"
        "z = h.sigmoid(); loss = z.sum(); z.mul_(2); loss.backward()",
        "a tensor that the graph needs was written to",
    ),
    "twice": ("loss = F.cross_entropy(model(x), y)\nloss.backward()\nloss.backward()", "a second backward pass"),
    "shapes": ("step()\nmodel(x[:, :7])", "Sequential was called with (640, 7)"),
    "something else": ("step()\nraise KeyError('label')", "KeyError: 'label' at train.py:25, after 1 optimizer steps"),
}


@pytest.mark.parametrize("how", CRASHES)
def test_after_a_crash_it_says_what_it_knows(forks: Forks, tmp_path: Path, how: str) -> None:
    code, told = CRASHES[how]
    result = run(forks, tmp_path, code)
    assert result.status == 1
    assert "nothing wrong found" not in result.stderr
    assert "the script died of" in result.stderr
    assert told in result.stderr.replace(f"{tmp_path}/", "")
    assert result.report is not None
    assert result.report["crash"]["where"].startswith(str(tmp_path))


def test_what_a_gpu_says_late_is_explained() -> None:
    from crossent.doctor.crash import explain
    from crossent.doctor.history import History, Known
    from crossent.doctor.sites import Site

    error = RuntimeError("CUDA error: device-side assert triggered\nCUDA kernel errors might be reported later")
    crash = explain(error, Site("train.py", 3), History(lambda call: None, Known()))
    assert crash.error == "RuntimeError: CUDA error: device-side assert triggered"
    assert "a label outside of [0, C)" in crash.explanation("en")
    assert "CUDA_LAUNCH_BLOCKING=1" in crash.explanation("zh")


def test_clipping_before_there_are_gradients_is_explained() -> None:
    from crossent.doctor.crash import explain
    from crossent.doctor.history import History, Known
    from crossent.doctor.sites import Site

    # torch's text, where `clip_grad_value_` finds none: some versions of it raise.
    error = RuntimeError("Expected !nested_tensorlist[0].empty() to be true, but got false.")
    crash = explain(error, Site("train.py", 3), History(lambda call: None, Known()))
    assert "clip between loss.backward() and optimizer.step()" in crash.explanation("en")
    assert "loss.backward() 之后" in crash.explanation("zh")
