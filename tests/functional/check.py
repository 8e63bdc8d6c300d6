"""One call, held against the accuracy rule."""

import torch
from torch import Tensor

from ..truth import assert_accurate
from ..values import Call


def check_accuracy(call: Call) -> None:
    """Assert the rule for loss and gradients, for each reduction that the call can have."""
    for reduction in ("mean",) if "normalizer" in call.arguments else ("none", "sum", "mean"):
        (loss, slopes), (true_loss, true_slopes) = result(call, "ours", reduction), result(call, "truth", reduction)
        torch_loss, torch_slopes = result(call, "torchs", reduction)
        assert_accurate(loss, true_loss, torch_loss, call.unit(reduction))
        unit = call.unit(reduction, of_gradient=True)
        for name, slope in slopes.items():
            # To a target flows the log-probability itself, which is of the size of the logits.
            size = max(1.0, float(true_slopes[name].nan_to_num().abs().max())) if slope.numel() else 1.0
            torchs = torch_slopes.get(name)
            if slope.dtype == torch.float64 and loss.dtype != torch.float64:
                # The arithmetic is the input's; a wider target does not make it finer.
                slope, torchs = slope.float(), None if torchs is None else torchs.float()
            assert_accurate(slope, true_slopes[name], torchs, unit * (size if name == "target" else 1))


def result(call: Call, of: str, reduction: str) -> tuple[Tensor | None, dict[str, Tensor]]:
    """The loss and its gradients by name, for an upstream gradient that is not one; nothing where torch has none."""
    dtype = call.arguments["input"].dtype
    call, leaves = call.leaves(torch.float64 if of == "truth" else None)
    loss = getattr(call, of)(reduction=reduction)
    if loss is None:
        return None, {}
    loss = loss.value if of == "truth" else loss
    upstream = torch.linspace(-1.5, 2.0, loss.numel()).to(dtype).reshape(loss.shape)
    slopes = torch.autograd.grad(loss, list(leaves.values()), upstream.to(loss.device, loss.dtype))
    return loss.detach(), dict(zip(leaves, slopes, strict=True))
