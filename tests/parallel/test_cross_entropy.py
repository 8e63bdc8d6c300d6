"""Classes split over 2 and 4 ranks: losses and gradients are those of the whole, whatever the options."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, product
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor

import crossent
import crossent.functional as X
from crossent import parallel
from crossent.kernels import registry

from .. import truth

# The classes of each rank: uneven, by the kernels of this machine; others, and of one rank none at all, in plain torch.
WIDTHS = {2: [(9, 2), (3, 6)], 4: [(3, 2, 3, 3), (5, 0, 1, 7)]}
ROWS, FEATURES = 12, 5
WEIGHT = "class weights"
OPTIONS: list[dict[str, Any]] = [
    {},
    {"reduction": "sum"},
    {"reduction": "none"},
    {"label_smoothing": 0.3},
    {"label_smoothing": 1.0},
    {"weight": WEIGHT},
    {"weight": WEIGHT, "label_smoothing": 0.2},
    {"weight": WEIGHT, "label_smoothing": 0.2, "smoothing_weight": "target", "reduction": "none"},
    {"z_loss": 0.1, "softcap": 2.0},
    {"z_loss": 0.1, "softcap": 2.0, "label_smoothing": 0.1, "weight": WEIGHT, "temperature": 1.5},
    {"temperature": 0.5},
    {"normalizer": 7.0, "weight": WEIGHT},
    {"on_empty": "zero"},
    {"sample_weight": "each", "weight": WEIGHT, "label_smoothing": 0.1},
    {"sample_weight": "each", "reduction": "sum"},
]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def labels(classes: int, *shape: int) -> Tensor:
    y = torch.randint(classes, shape, generator=torch.Generator().manual_seed(1))
    y.view(-1)[::5] = -100
    return y


def lists(classes: int, *shape: int, tail: bool) -> tuple[Tensor, ...]:
    """Classes of all ranks, some of them twice or not there, and a row that does not count."""
    noise = torch.Generator().manual_seed(3)
    ids = torch.randint(-1, classes, (shape[0], 3, *shape[1:]), generator=noise)
    q = torch.rand((*ids.shape,), generator=noise, dtype=torch.float64).softmax(1) * (0.7 if tail else 1.0)
    q[1] = torch.nan
    return (ids, q, 1 - q.sum(1).nan_to_num(1.0)) if tail else (ids, q)


def targets(classes: int, *shape: int) -> tuple[Any, ...]:
    return labels(classes, *shape), lists(classes, *shape, tail=False), lists(classes, *shape, tail=True)


def part(tensor: Tensor, widths: tuple[int, ...], dim: int) -> Tensor:
    """This rank's classes."""
    rank = dist.get_rank()
    return tensor.narrow(dim, list(accumulate(widths, initial=0))[rank], widths[rank])


def split_options(options: dict[str, Any], widths: tuple[int, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options of the whole and of this rank."""
    whole, mine = dict(options), dict(options)
    if options.get("weight") == WEIGHT:
        whole["weight"] = torch.linspace(0.5, 3, sum(widths), dtype=torch.float64)
        mine["weight"] = part(whole["weight"], widths, 0)
    if "sample_weight" in options:
        whole["sample_weight"] = mine["sample_weight"] = torch.arange(ROWS, dtype=torch.float64) % 4 / 2
    return whole, mine


def close(got: Tensor, expected: Tensor, like: Tensor, terms: int = 1) -> None:
    """Within some roundings of the dtype: `expected` is float64, and may be a sum of terms of both signs."""
    tolerance = {torch.float64: 1e-13, torch.float32: 2e-6, torch.bfloat16: 2e-2}[like.dtype]
    torch.testing.assert_close(got.double(), expected, rtol=tolerance, atol=tolerance / 4 * terms**0.5)


def every_option(widths: tuple[int, ...]) -> None:
    classes = sum(widths)
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        z, given = (3 * noise(ROWS, classes)).to(dtype), targets(classes, ROWS)
        for options, y in product(OPTIONS[:: 3 if dtype == torch.bfloat16 else 1], given):
            of_whole, of_part = split_options(options, widths)
            wide = z.double().clone().requires_grad_()
            expected = X.cross_entropy(wide, y, **of_whole)
            mine = part(z, widths, 1).clone().requires_grad_()
            got = parallel.cross_entropy(mine, y, **of_part)
            g = noise(*expected.shape, seed=2)
            expected.backward(g), got.backward(g.to(got.dtype))
            assert got.dtype == dtype
            close(got, expected.detach(), z)
            close(mine.grad, part(wide.grad, widths, 1), z)


def every_option_of_the_layer(widths: tuple[int, ...]) -> None:
    classes = sum(widths)
    for dtype in (torch.float64, torch.float32):
        x, head, bias = (noise(*shape).to(dtype) for shape in ((ROWS, FEATURES), (classes, FEATURES), (classes,)))
        for number, options in enumerate(OPTIONS):
            y = targets(classes, ROWS)[(number + len(widths) // 2) % 3]
            of_whole, of_part = split_options(options, widths)
            wide = [t.double().clone().requires_grad_() for t in (x, head, bias)]
            mine = [t.clone().requires_grad_() for t in (x, part(head, widths, 0), part(bias, widths, 0))]
            rows = crossent.LinearOptions(rows=5 if number % 2 else ROWS - dist.get_rank())
            expected = X.linear_cross_entropy(*wide[:2], y, linear_bias=wide[2], **of_whole)
            got = parallel.linear_cross_entropy(*mine[:2], y, local_bias=mine[2], options=rows, **of_part)
            g = noise(*expected.shape, seed=2)
            expected.backward(g), got.backward(g.to(dtype), retain_graph=True)
            close(got, expected.detach(), x)
            parts = [wide[0].grad, part(wide[1].grad, widths, 0), part(wide[2].grad, widths, 0)]
            for tensor, gradient in zip(mine, parts, strict=True):
                close(tensor.grad, gradient, x, classes)
            # A second time they are made again: the first ones are their receiver's.
            again = torch.autograd.grad(got, mine, g.to(dtype))
            for tensor, gradient in zip(again, parts, strict=True):
                close(tensor, gradient, x, classes)


def axes(widths: tuple[int, ...]) -> None:
    """Classes in the middle, at the end, without a batch, and of logits with gaps."""
    classes = sum(widths)
    for shape, dim in (((2, classes, 3, 2), 1), ((2, 3, classes), -1), ((classes,), 0), ((3, classes, 4), 1)):
        whole = noise(*shape)
        whole = whole.transpose(0, 2).contiguous().transpose(0, 2) if shape == (3, classes, 4) else whole
        axis = dim % len(shape)
        y = labels(classes, *(n for place, n in enumerate(shape) if place != axis)) % classes
        ids = torch.stack((y, (y + 1) % classes), axis)
        for target in (y, (ids, torch.full(ids.shape, 0.3), torch.full(y.shape, 0.4))):
            leaf = whole.clone(memory_format=torch.preserve_format).requires_grad_()
            expected = X.cross_entropy(leaf, target, dim=dim, label_smoothing=0.1)
            mine = part(whole, widths, axis).requires_grad_()
            got = parallel.cross_entropy(mine, target, dim=dim, label_smoothing=0.1)
            expected.backward(), got.backward()
            close(got, expected.detach(), whole)
            close(mine.grad, part(leaf.grad, widths, axis), whole)
            mine.grad = None


def what_flows_elsewhere(widths: tuple[int, ...]) -> None:
    """Gradients of a temperature and of sample weights are the whole's on every rank."""
    classes = sum(widths)
    z, y = noise(ROWS, classes), labels(classes, ROWS)
    found = []
    for loss, logits in ((X.cross_entropy, z), (parallel.cross_entropy, part(z, widths, 1))):
        heat, each = torch.tensor(1.5, dtype=torch.float64), torch.arange(1.0, ROWS + 1, dtype=torch.float64)
        loss(
            logits, y, temperature=heat.requires_grad_(), sample_weight=each.requires_grad_(), reduction="sum"
        ).backward()
        found.append((heat.grad, each.grad))
    for expected, got in zip(*found, strict=True):
        close(got, expected, z)


def hard_rows(widths: tuple[int, ...]) -> None:
    """Rows that are nearly sure, huge, masked, or do not count and hold anything."""
    classes = sum(widths)
    z = torch.zeros(5, classes, dtype=torch.float64)
    z[0, 1] = 17.5
    z[1] = 1e30
    z[2, 2:] = -torch.inf
    z[3] = torch.nan
    y = torch.tensor([1, 0, 0, -100, classes - 1])
    for dtype in (torch.float64, torch.float32):
        mine = part(z.to(dtype), widths, 1).clone().requires_grad_()
        got = parallel.cross_entropy(mine, y, reduction="none")
        got.sum().backward()
        whole = z.clone().requires_grad_()
        expected = truth.cross_entropy(whole, y, reduction="none").value
        expected.sum().backward()
        torch.testing.assert_close(got.double(), expected, rtol=1e-6, atol=0)
        torch.testing.assert_close(mine.grad.double(), part(whole.grad, widths, 1).nan_to_num(), rtol=2e-6, atol=1e-38)
        one = y.clamp_min(0).unsqueeze(1), torch.where(y < 0, torch.nan, 1.0).to(dtype).unsqueeze(1)
        listed = part(z.to(dtype), widths, 1).clone().requires_grad_()
        again = parallel.cross_entropy(listed, one, reduction="none")
        again.sum().backward()
        assert torch.equal(again, got)
        assert torch.equal(listed.grad, mine.grad)
    unknown = torch.full((1, classes), -torch.inf, dtype=torch.float64)
    for target in (y[:1], (y[:1, None], torch.ones(1, 1)), (y[:1, None], torch.zeros(1, 1), torch.ones(1))):
        assert parallel.cross_entropy(part(unknown, widths, 1), target, label_smoothing=0.1).isnan()
    nothing = parallel.cross_entropy(part(z, widths, 1), torch.full((5,), -100), on_empty="zero")
    assert nothing == 0
    assert parallel.cross_entropy(part(z, widths, 1), torch.full((5,), -100)).isnan()
    weight = torch.ones(classes)
    weight[2:] = 0
    masked = parallel.cross_entropy(
        part(z[2:3], widths, 1), y[2:3], part(weight, widths, 0), label_smoothing=0.1, reduction="sum"
    )
    close(masked, X.cross_entropy(z[2:3], y[2:3], weight, label_smoothing=0.1, reduction="sum"), z)


def disagreements(widths: tuple[int, ...]) -> None:
    """An error of one text on all ranks, and nobody waits."""
    rank, last = dist.get_rank(), len(widths) - 1
    odd, classes = rank == last, sum(widths)
    z, y = part(noise(6, classes), widths, 1), torch.arange(6) % classes

    def refused(kind: type[Exception], text: str, logits: Tensor, target: Any, **options: Any) -> None:
        with pytest.raises(kind, match=text):
            parallel.cross_entropy(logits, target, **options)

    refused(RuntimeError, f"6 on rank 0, 4 on rank {last}", z[:4] if odd else z, y[:4] if odd else y)
    refused(RuntimeError, f"target of rank {last} is not that of rank 0", z, y.flip(0) if odd else y)
    each = torch.ones(6) + (rank == last)
    refused(RuntimeError, f"sample_weight of rank {last} is not that of rank 0", z, y, sample_weight=each)
    refused(RuntimeError, f"rank {last} of the group computes another loss", z, y, label_smoothing=0.1 * odd)
    refused(RuntimeError, f"rank {last} of the group computes another loss", z.float() if odd else z, y)
    refused(RuntimeError, "weight tensor should be defined", z, y, weight=torch.ones(classes + 1))
    refused(IndexError, f"Target {classes} is out of bounds: the input has {classes} classes", z, y.clamp(min=classes))
    ids, q, tail = lists(classes, 6, tail=True)
    for here in ((ids.flip(0), q, tail), (ids, q.flip(0), tail), (ids, q, tail.flip(0)), (ids, q)):
        refused(RuntimeError, f"target of rank {last} is not that of rank 0", z, here if odd else (ids, q, tail))
    refused(
        IndexError,
        f"Target id {classes} is out of bounds: the input has {classes} classes",
        z,
        (ids.clamp(min=classes), q),
    )
    refused(TypeError, r"get no gradient .* Write probabilities.detach\(\)", z, (ids, q.clone().requires_grad_()))
    refused(RuntimeError, r"must both be \(6, K\)", z, (ids[1:], q[1:]))
    # The next call finds everybody.
    assert parallel.cross_entropy(z, y).isfinite()


def run(rank: int, folder: str, ranks: int) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=ranks)
    cases: tuple[Callable[[tuple[int, ...]], None], ...] = (
        every_option, every_option_of_the_layer, axes, what_flows_elsewhere, hard_rows, disagreements,
    )  # fmt: skip
    for backend, widths in zip(("", "aten"), WIDTHS[ranks], strict=True):
        registry.use(backend)
        for case in cases:
            case(widths)
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.parametrize("ranks", WIDTHS)
def test_ranks_with_parts_equal_the_whole(ranks: int, tmp_path: Path) -> None:
    mp.spawn(run, (str(tmp_path), ranks), nprocs=ranks)
