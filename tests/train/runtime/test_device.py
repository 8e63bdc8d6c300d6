"""Fabric's start and the number of threads."""

from __future__ import annotations

import socket

import pytest
import torch

from crossent.train.config.fit import FitConfig, SettingError
from crossent.train.errors import TrainingError
from crossent.train.runtime.device import start_fabric
from crossent.train.runtime.threads import cpu_threads


def test_half_precision_on_the_cpu_is_refused() -> None:
    # Fabric would warn and go on in bfloat16.
    with pytest.raises(SettingError) as caught:
        start_fabric(FitConfig(accelerator="cpu", precision="16-mixed"))
    assert str(caught.value) == (
        "precision: expected one that this device has, got '16-mixed'; write for example precision='bf16-mixed'"
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingError, match=r"^accelerator: expected a device of this machine \(.*\), got 'cuda'; "):
        start_fabric(FitConfig(accelerator="cuda"))


def test_fabric_starts_without_a_word(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    # In bfloat16 Fabric would announce its mixed precision.
    assert start_fabric(FitConfig(accelerator="cpu", precision="bf16-mixed")).device.type == "cpu"
    assert caplog.messages == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("asked", "during"), [(1, 1), (3, 3), (0, 2)])
def test_threads_are_set_and_put_back(asked: int, during: int) -> None:
    torch.set_num_threads(2)
    with cpu_threads(asked):
        assert torch.get_num_threads() == during
    assert torch.get_num_threads() == 2


def test_a_port_in_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # As torchrun starts the first of two.
    started = {"RANK": "0", "LOCAL_RANK": "0", "GROUP_RANK": "0", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        for name, value in {**started, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(TrainingError) as caught:
            start_fabric(FitConfig(accelerator="cpu", devices=2))
    assert str(caught.value) == (
        f"the processes of this run cannot meet at 127.0.0.1:{port}: another program listens there; choose another "
        "port (MASTER_PORT, torchrun --master-port)"
    )
