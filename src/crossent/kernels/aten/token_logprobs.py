"""Log-probabilities, entropy and lse: their gradient, tile by tile.

grad_c = p_c · (by_lse + g − by_H · (log p_c + H)) − g · [c = y]
with the gradients of lse and of the entropy H, and g that of −log p_y.
Shapes as in softmax_xent, whose forward pass fills all three.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...core import layout
from ..backend import LogprobGradients, SoftmaxProblem
from ._labels import labels
from ._scratch import Scratch


def backward(problem: SoftmaxProblem, saved: Tensor | None, came: LogprobGradients, grad_logits: Tensor) -> None:
    """Fill the gradient: one read of the logits, one write."""
    logits, target, _, spec, *_ = problem
    scratch = Scratch(came.loss.dtype, logits.device)
    for tile, at in layout.class_tiles(logits.shape, layout.tile_elements(logits.device)):
        z = spec.transform(scratch.widen(logits[tile], "logits"))
        log_p = torch.log_softmax(z, 1, out=scratch.take("log_p", z.shape))
        g, by_entropy = came.loss[at], came.by_entropy[at]
        level = came.by_lse[at] + g - by_entropy * came.entropy[at]
        p = log_p.exp()
        # p · log p is 0 where p is.
        slope = log_p.masked_fill_(p == 0, 0.0).mul_(-by_entropy.unsqueeze(1)).add_(level.unsqueeze(1)).mul_(p)
        given = labels(target[at], None, spec.ignore_index, z.shape[1])
        slope.scatter_add_(1, given.safe.unsqueeze(1), -g.unsqueeze(1))
        if spec.transform:
            slope.mul_(spec.transform.slope(z))
        given.finish_grad(slope)
        grad_logits[tile] = slope
