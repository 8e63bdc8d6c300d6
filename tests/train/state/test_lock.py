"""One writer per run folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crossent.train.errors import TrainingError
from crossent.train.runtime.distributed import World
from crossent.train.state.lock import locked

HOLD = """
import sys, time
from pathlib import Path
from crossent.train.runtime.distributed import World
from crossent.train.state.lock import locked
with locked(Path(sys.argv[1]), World()):
    print("held", flush=True)
    time.sleep(100)
"""


def test_the_second_is_told_who_trains_there(tmp_path: Path) -> None:
    with locked(tmp_path, World()):
        text = f"another process is training in {tmp_path}: process {os.getpid()} on "
        with pytest.raises(TrainingError, match=re.escape(text)), locked(tmp_path, World()):
            pass
    with locked(tmp_path, World()):
        assert (tmp_path / ".holder.json").exists()
    assert not (tmp_path / ".holder.json").exists()


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(TrainingError, match=f"process {process.pid} on "), locked(tmp_path, World()):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        with locked(tmp_path, World()):
            pass
