"""A case to run: its tensors on a device, torch's loss and ours of them, and the unit of their time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    distillation,
    linear_cross_entropy,
    linear_distillation,
    linear_token_logprobs,
    token_logprobs,
)
from .cases import Case

Loss = Callable[..., Tensor]
# Not looked up later: in a program that crossent.patch() changed, torch's names may be ours.
_torch_cross_entropy, _torch_bce = F.cross_entropy, F.binary_cross_entropy_with_logits


class Problem(NamedTuple):
    """Everything that a case needs to be timed.

    Those of `tensors` that ask for a gradient get one. `unit()` is work that nobody can avoid: for logits a copy, one
    read and one write into fresh memory. `slack` times the largest gradient is what cancellation may cost another one.
    """

    tensors: tuple[Tensor, ...]
    options: dict[str, Any]
    functions: dict[str, Loss]
    unit: Callable[[], object]
    unit_name: str = "copy"
    slack: float = 1e-7

    def loss(self, name: str) -> Loss:
        """The loss of "torch" or "crossent" as a function of the tensors alone."""
        return partial(self.functions[name], **self.options)

    def widened(self) -> Problem:
        """The same numbers in float32 where they are narrower, so that the expected result is computed more exactly."""
        options = {name: _wide(value) if isinstance(value, Tensor) else value for name, value in self.options.items()}
        return self._replace(tensors=tuple(map(_wide, self.tensors)), options=options)


def build(case: Case, device: str = "cpu") -> Problem:
    """The problem of a case: the same numbers on every device and in every process."""
    return _BUILD[case.operator](case, device)


def step(loss_of: Loss, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """One forward and backward; returns the gradients."""
    return torch.autograd.grad(loss_of(*tensors), [t for t in tensors if t.requires_grad])


def _softmax_xent(case: Case, device: str) -> Problem:
    functions: dict[str, Loss]
    logits = _logits(case, device)
    if case.listed:
        functions = {"torch": _dense, "crossent": _listed}
        return Problem((logits, *_lists(case, device)), {}, functions, partial(_copy, logits))
    if case.probabilities:
        target = torch.randn(case.shape, generator=_numbers(1)).softmax(1).to(device, logits.dtype)
    else:
        target = torch.randint(case.shape[1], case.shape[:1] + case.shape[2:], generator=_numbers()).to(device)
    options = {"weight": _weight(case.shape[1], logits) if case.weighted else None, "label_smoothing": case.smoothing}
    functions = {"torch": _torch_cross_entropy, "crossent": cross_entropy}
    if case.sampled or case.temperature != 1.0:
        functions["torch"] = _written_out
        options["temperature"] = case.temperature
        options["sample_weight"] = torch.rand(target.shape, generator=_numbers(3)).to(device) if case.sampled else None
    return Problem((logits, target), options, functions, partial(_copy, logits))


def _token_logprobs(case: Case, device: str) -> Problem:
    logits = _logits(case, device)
    target = torch.randint(case.shape[1], case.shape[:1], generator=_numbers()).to(device)
    functions: dict[str, Loss] = {"torch": _composed_logprobs, "crossent": _logprobs}
    return Problem((logits, target), {}, functions, partial(_copy, logits))


def _distillation(case: Case, device: str) -> Problem:
    student, options = _logits(case, device), {"temperature": case.temperature}
    teacher = torch.randn(case.shape, generator=_numbers(6)).to(device, student.dtype)
    functions: dict[str, Loss] = {"torch": _composed_distillation, "crossent": distillation}
    # Beside float64 torch's composition is 3e-7 of the largest gradient away where two softmaxes are nearly equal, this
    # one 7e-8.
    return Problem((student, teacher), options, functions, partial(_copy, student), slack=1e-6)


def _linear_distillation(case: Case, device: str) -> Problem:
    layer = _linear_xent(case, device)
    features, head, _ = layer.tensors
    theirs = [torch.randn(t.shape, generator=_numbers(6)).to(device, t.dtype) for t in (features, head)]
    theirs[1] /= case.shape[1] ** 0.5
    functions: dict[str, Loss] = {"torch": _composed_linear_distillation, "crossent": _linear_distilled}
    options = {"temperature": case.temperature}
    return layer._replace(tensors=(features, head, *theirs), functions=functions, options=options)


def _linear_token_logprobs(case: Case, device: str) -> Problem:
    functions: dict[str, Loss] = {"torch": _composed_linear_logprobs, "crossent": _linear_logprobs}
    return _linear_xent(case, device)._replace(functions=functions)


def _sigmoid_xent(case: Case, device: str) -> Problem:
    scores = _logits(case, device)
    target = torch.randint(2, case.shape, generator=_numbers()).to(device, scores.dtype)
    options = {"pos_weight": _weight(case.shape[-1], scores) if case.weighted else None}
    functions = {"torch": _torch_bce, "crossent": binary_cross_entropy_with_logits}
    return Problem((scores, target), options, functions, partial(_copy, scores))


def _linear_xent(case: Case, device: str) -> Problem:
    n, d, c = case.shape
    dtype = getattr(torch, case.dtype)
    features = torch.randn(n, d, generator=_numbers()).to(device, dtype).requires_grad_()
    head = (torch.randn(c, d, generator=_numbers()) / d**0.5).to(device, dtype).requires_grad_()
    target = torch.randint(c, (n,), generator=_numbers()).to(device)
    functions: dict[str, Loss] = {"torch": _head_and_cross_entropy, "crossent": linear_cross_entropy}
    unit = partial(_three_products, features, head)
    # A logit that is rounded to 16 bits puts every product of its exponential off, in torch's gradients as in ours.
    slack = 1e-5 if features.element_size() >= 4 else torch.finfo(dtype).eps
    if case.listed:
        functions = {"torch": _linear_dense, "crossent": _linear_listed}
        tensors = features, head, *_lists(case, device)
        # Beside float64 what torch sums of a dense target's gradient is eight times as far away as this.
        return Problem(tensors, {}, functions, unit, "3 products", slack=10 * slack)
    return Problem((features, head, target), {}, functions, unit, "3 products", slack=slack)


_BUILD = {
    "softmax_xent": _softmax_xent,
    "sigmoid_xent": _sigmoid_xent,
    "linear_xent": _linear_xent,
    "token_logprobs": _token_logprobs,
    "linear_token_logprobs": _linear_token_logprobs,
    "distillation": _distillation,
    "linear_distillation": _linear_distillation,
}


def _logits(case: Case, device: str) -> Tensor:
    logits = torch.randn(case.shape, generator=_numbers()).to(device, getattr(torch, case.dtype))
    if case.channels_last:
        logits = logits.to(memory_format=torch.channels_last)
    return logits.requires_grad_()


def _lists(case: Case, device: str) -> tuple[Tensor, Tensor]:
    """Ids and probabilities of a teacher's likeliest classes."""
    size = case.shape[0], case.listed
    ids = torch.randint(case.shape[-1], size, generator=_numbers(4)).to(device)
    return ids, torch.randn(size, generator=_numbers(5)).softmax(1).to(device)


def _weight(count: int, logits: Tensor) -> Tensor:
    return (torch.rand(count, generator=_numbers(2)) + 0.5).to(logits.device, logits.dtype)


def _numbers(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _wide(tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point() or tensor.element_size() >= 4:
        return tensor
    return tensor.detach().float().requires_grad_(tensor.requires_grad)


def _copy(logits: Tensor) -> Tensor:
    return logits.detach().clone()


def _written_out(
    logits: Tensor, target: Tensor, sample_weight: Tensor | None, temperature: float, **options: Any
) -> Tensor:
    """Torch's cross entropy, and what it has no options for."""
    logits = logits if temperature == 1.0 else logits / temperature
    each = _torch_cross_entropy(logits, target, reduction="none", **options)
    return each.mean() if sample_weight is None else (each * sample_weight).sum() / sample_weight.sum()


def _listed(logits: Tensor, ids: Tensor, probabilities: Tensor) -> Tensor:
    loss: Tensor = cross_entropy(logits, (ids, probabilities))
    return loss


def _dense(logits: Tensor, ids: Tensor, probabilities: Tensor) -> Tensor:
    """The same by the probabilities of all classes."""
    target = torch.zeros_like(logits, requires_grad=False).scatter_add_(1, ids, probabilities.to(logits.dtype))
    return _torch_cross_entropy(logits, target)


def _linear_listed(features: Tensor, head: Tensor, ids: Tensor, probabilities: Tensor) -> Tensor:
    loss: Tensor = linear_cross_entropy(features, head, (ids, probabilities))
    return loss


def _linear_dense(features: Tensor, head: Tensor, ids: Tensor, probabilities: Tensor) -> Tensor:
    return _dense(F.linear(features, head), ids, probabilities)


def _logprobs(logits: Tensor, target: Tensor) -> Tensor:
    """A number that depends on log-probabilities, entropies and lse."""
    found = token_logprobs(logits, target)
    return (0.1 * found.entropy - found.logprobs + 0.01 * found.lse).mean()


def _composed_logprobs(logits: Tensor, target: Tensor) -> Tensor:
    """The same in torch's operators."""
    log_p = logits.log_softmax(1)
    picked = log_p.gather(1, target.unsqueeze(1)).squeeze(1)
    entropy = -(log_p.exp() * log_p).sum(1)
    return (0.1 * entropy - picked + 0.01 * logits.logsumexp(1)).mean()


def _linear_logprobs(features: Tensor, head: Tensor, target: Tensor) -> Tensor:
    found = linear_token_logprobs(features, head, target)
    return (0.1 * found.entropy - found.logprobs + 0.01 * found.lse).mean()


def _composed_linear_logprobs(features: Tensor, head: Tensor, target: Tensor) -> Tensor:
    return _composed_logprobs(F.linear(features, head), target)


def _composed_distillation(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Torch's divergence of a log-softmax from a softmax, whose mean is over positions."""
    given = (student / temperature).log_softmax(1), (teacher / temperature).softmax(1)
    return F.kl_div(*given, reduction="batchmean")


def _linear_distilled(
    features: Tensor, head: Tensor, theirs: Tensor, teacher_head: Tensor, temperature: float
) -> Tensor:
    loss: Tensor = linear_distillation(features, head, (theirs, teacher_head), temperature=temperature)
    return loss


def _composed_linear_distillation(
    features: Tensor, head: Tensor, theirs: Tensor, teacher_head: Tensor, temperature: float
) -> Tensor:
    with torch.no_grad():
        teacher = F.linear(theirs, teacher_head)
    return _composed_distillation(F.linear(features, head), teacher, temperature)


def _head_and_cross_entropy(features: Tensor, head: Tensor, target: Tensor) -> Tensor:
    """Torch's linear_cross_entropy with its default options, on any version of torch."""
    return _torch_cross_entropy(F.linear(features, head), target)


def _three_products(features: Tensor, head: Tensor) -> tuple[Tensor, Tensor]:
    """Logits, and the gradients of features and head: the three products that every implementation computes."""
    with torch.no_grad():
        logits = features @ head.t()
        return logits @ head, logits.t() @ features
