"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text("a device of this machine ({names})", "本机的设备（{names}）"),
    Text("devices of this machine ({names})", "本机的设备数（{names}）"),
    Text("one that this device has", "该设备支持的精度"),
    Text(
        "1 outside a program; write a script, or start it with torchrun",
        "1；在程序之外只能如此。请写成脚本，或用 torchrun 启动",
    ),
    Text("1, or a start with torchrun or srun on each machine", "1，或在每台机器上用 torchrun 或 srun 启动"),
    Text(
        "{each}, since torchrun or srun has started {count} processes on {nodes} machines",
        "{each}，因为 torchrun 或 srun 在 {nodes} 台机器上启动了 {count} 个进程",
    ),
)
