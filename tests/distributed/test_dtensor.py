"""A DTensor's loss: torch's where it is split by rows, ours where it is whole or split by classes; on two processes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DeviceMesh, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import ColwiseParallel, loss_parallel, parallelize_module

import crossent
import crossent.functional as X

ROWS, FEATURES, CLASSES = 6, 4, 8


def data() -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(0)
    x = torch.randn(ROWS, FEATURES, generator=noise, dtype=torch.float64)
    head = torch.randn(CLASSES, FEATURES, generator=noise, dtype=torch.float64)
    return x, head, torch.randint(CLASSES, (ROWS,), generator=noise)


def same_as_whole(mesh: DeviceMesh, placement: Replicate | Shard, loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    """The loss and the gradient of distributed logits are those of the whole."""
    x, head, y = data()
    whole = (x @ head.T).requires_grad_()
    parts = distribute_tensor(whole.detach(), mesh, [placement]).requires_grad_()
    labels = distribute_tensor(y, mesh, [placement if placement == Shard(0) else Replicate()])
    expected, got = loss(whole, y), loss(parts, labels)
    expected.backward(), got.backward()
    torch.testing.assert_close(got.full_tensor(), expected)
    torch.testing.assert_close(parts.grad.full_tensor(), whole.grad)


def logits(mesh: DeviceMesh) -> None:
    weight = torch.linspace(1, 2, CLASSES, dtype=torch.float64)
    same_as_whole(mesh, Replicate(), X.cross_entropy)
    same_as_whole(mesh, Replicate(), crossent.CrossEntropyLoss(label_smoothing=0.1, reduction="sum"))
    same_as_whole(mesh, Shard(0), X.cross_entropy)
    same_as_whole(mesh, Shard(0), crossent.CrossEntropyLoss())
    same_as_whole(mesh, Shard(0), lambda z, y: X.nll_loss(X.log_softmax(z, 1), y))
    same_as_whole(mesh, Replicate(), lambda z, y: X.binary_cross_entropy_with_logits(z, z.detach().sigmoid()))
    with pytest.raises(NotImplementedError, match="on a DTensor, cross_entropy is computed by torch") as refused:
        same_as_whole(mesh, Shard(0), crossent.CrossEntropyLoss(weight, z_loss=0.1, on_empty="zero"))
    assert "which has no on_empty, z_loss. Leave out what torch does not have, or pass input.full_tensor()." in str(
        refused.value
    )


def split_classes(mesh: DeviceMesh) -> None:
    """With all options, within `loss_parallel` and without; torch's own has neither weights nor smoothing there."""
    weight = torch.linspace(1, 2, CLASSES, dtype=torch.float64)
    options = crossent.CrossEntropyLoss(weight, z_loss=0.1, on_empty="zero", label_smoothing=0.1)
    for placement in (Shard(1), Replicate()):
        same_as_whole(mesh, placement, X.cross_entropy)
        same_as_whole(mesh, placement, options)
        with loss_parallel():
            same_as_whole(mesh, placement, options)
    x, head, y = data()
    everywhere = distribute_tensor(x @ head.T, mesh, [Shard(1)])
    with pytest.raises(NotImplementedError, match="on a DTensor, cross_entropy is computed by torch, which has no ret"):
        X.cross_entropy(everywhere, y, return_stats=True)
    listed = torch.stack((y, (y + 3) % CLASSES), 1), torch.full((ROWS, 2), 0.4)
    got = X.cross_entropy(everywhere, listed, weight, label_smoothing=0.1)
    torch.testing.assert_close(got.full_tensor(), X.cross_entropy(x @ head.T, listed, weight, label_smoothing=0.1))
    # Seven classes are split into four and three.
    uneven = distribute_tensor((x @ head.T)[:, :7].contiguous(), mesh, [Shard(1)])
    got = X.cross_entropy(uneven, y % 7, weight[:7])
    torch.testing.assert_close(got.full_tensor(), X.cross_entropy((x @ head.T)[:, :7], y % 7, weight[:7]))


def linear(mesh: DeviceMesh) -> None:
    x, head, y = data()
    x.requires_grad_()
    parts = distribute_tensor(x.detach(), mesh, [Shard(0)]).requires_grad_()
    everywhere = distribute_tensor(head, mesh, [Replicate()])
    got = X.linear_cross_entropy(parts, everywhere, distribute_tensor(y, mesh, [Shard(0)]))
    expected = X.linear_cross_entropy(x, head, y)
    expected.backward(), got.backward()
    torch.testing.assert_close(got.full_tensor(), expected)
    torch.testing.assert_close(parts.grad.full_tensor(), x.grad)


def patched_script(mesh: DeviceMesh) -> None:
    """A script of tensor parallelism, as torch's tutorial has it, changed by nothing but the patch."""
    x, _, y = data()

    def train(parallel: bool) -> list[Tensor]:
        torch.manual_seed(1)
        model = nn.Sequential(nn.Linear(FEATURES, FEATURES), nn.Tanh(), nn.Linear(FEATURES, CLASSES)).double()
        criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.5)
        if parallel:
            parallelize_module(model, mesh, {"2": ColwiseParallel(output_layouts=Shard(-1), use_local_output=False)})
            optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        losses = []
        for _ in range(3):
            optimizer.zero_grad()
            if parallel:
                with loss_parallel():
                    loss = F.cross_entropy(model(x), y) if len(losses) else criterion(model(x), y)
                    loss.backward()
            else:
                loss = criterion(model(x), y)
                loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return [loss.full_tensor() if hasattr(loss, "full_tensor") else loss for loss in losses]

    expected = train(parallel=False)
    with crossent.patched():
        torch.testing.assert_close(train(parallel=True), expected)


def run(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    mesh = init_device_mesh("cpu", (2,))
    for case in (logits, split_classes, linear, patched_script):
        case(mesh)
    dist.barrier()
    dist.destroy_process_group()


def test_dtensors_on_two_processes(tmp_path: Path) -> None:
    mp.spawn(run, (str(tmp_path),), nprocs=2)
