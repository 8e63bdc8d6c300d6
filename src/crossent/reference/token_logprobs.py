"""Log-probabilities of the targets, entropy and lse of laid-out logits, as their formulas.

log p_y = z_y − lse, H = −Σ_c p_c · log p_c; 0 where the position does not count.
Shapes: logits (P, C) or (O, C, I), targets and results (P,) or (O, I).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.labels import equal_to
from ..core.spec import SoftmaxSpec
from .softmax_xent import times_log_p


def token_logprobs(logits: Tensor, target: Tensor, spec: SoftmaxSpec) -> tuple[Tensor, Tensor, Tensor]:
    """The log-probabilities, the entropy and the lse."""
    z = logits if logits.dtype == torch.float64 else logits.float()
    if not z.shape[1]:
        return z.sum(1), z.sum(1), z.sum(1)
    ignored = equal_to(target, spec.ignore_index)
    z = spec.transform(torch.where(ignored.unsqueeze(1), 0.0, z))
    log_p = z.log_softmax(1)
    picked = log_p.gather(1, torch.where(ignored, 0, target).long().unsqueeze(1)).squeeze(1)
    entropy = times_log_p(log_p.exp(), log_p).sum(1)
    return tuple(torch.where(ignored, 0.0, each) for each in (picked, entropy, z.logsumexp(1)))  # type: ignore[return-value]
