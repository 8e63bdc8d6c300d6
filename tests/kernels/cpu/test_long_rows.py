"""From 1,024 classes up a row's bits depend on C, dtype and options, never on N or the threads."""

import pytest
import torch

import crossent.functional as X
from crossent.ops import small


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("classes", [1024, 4099, 32_768, 50_257])
def test_a_long_row_does_not_know_its_batch(classes: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bits alone, among few and among many, with all paths that users have."""
    monkeypatch.setattr(small, "SMALL", 2**16)
    z = (torch.randn(9, classes, generator=torch.manual_seed(7)) * 3).to(dtype)
    y = torch.arange(9) * 113
    losses, slopes = [], []
    for rows, threads in ((1, 1), (2, 1), (3, 2), (9, 1), (9, 2)):
        torch.set_num_threads(threads)
        leaf = z[:rows].clone().requires_grad_()
        each = X.cross_entropy(leaf, y[:rows], reduction="none")
        losses.append(each.detach()[0])
        slopes.append(torch.autograd.grad(each.sum(), leaf)[0][0])
        slopes.append(torch.autograd.grad(X.cross_entropy(leaf, y[:rows], reduction="sum"), leaf)[0][0])
    torch.set_num_threads(1)
    assert all(torch.equal(loss, losses[0]) for loss in losses)
    assert all(torch.equal(slope, slopes[i % 2]) for i, slope in enumerate(slopes))
