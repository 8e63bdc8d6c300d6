"""The divergence of a student from its teacher, of laid-out logits, as its formula.

loss_i = s_i · Σ_c p_ic · (log p_ic − log q_ic)   with p and q the softmax of the teacher's and the student's logits,
both over the temperature.
Shapes: logits (P, C) or (O, C, I), factors s and losses (P,) or (O, I).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.dtypes import count_dtype
from ..core.labels import absent
from ..core.sample_weight import times


def distillation(student: Tensor, teacher: Tensor, factor: Tensor | None, temperature: float) -> tuple[Tensor, Tensor]:
    """Loss per position, and the 0-d number of positions that count, without the factors."""
    wide = torch.float64 if student.dtype == torch.float64 else torch.float32
    if not student.shape[1]:
        return student.sum(1).to(wide), student.new_zeros((), dtype=count_dtype(student.device))
    void = absent(teacher)
    counted = (~void).sum().to(count_dtype(student.device))
    if factor is not None:
        void = void | (factor == 0) & ~(student.amax(1).isfinite() & teacher.amax(1).isfinite())
    # What does not count may be anything, NaN included; none of it may reach a gradient.
    z, t = (torch.where(void.unsqueeze(1), 0.0, each.to(wide)) / temperature for each in (student, teacher))
    log_p, log_q = t.log_softmax(1), z.log_softmax(1)
    # 0 · ∞ is 0: what the teacher rules out costs nothing.
    ruled_out = log_p == -torch.inf
    log_p, log_q = (torch.where(ruled_out, 0.0, each) for each in (log_p, log_q))
    p = torch.where(ruled_out, 0.0, log_p.exp())
    return torch.where(void, 0.0, times(factor, (p * (log_p - log_q)).sum(1))), counted
