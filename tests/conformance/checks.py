"""Properties of every sample: one function each, which raises where it does not hold."""

import copy
import pickle
import re
import warnings
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.func import grad, vmap
from torch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten

from .accuracy import assert_as_accurate, assert_equal, assert_identical
from .material import Case, info_of
from .subject import SUBJECTS


def _upstream(output: Tensor) -> Tensor:
    """A gradient from above that is neither one nor constant, with both signs."""
    steps = torch.linspace(-1.5, 2.0, output.numel(), dtype=torch.float64)
    return steps.reshape(output.shape).to(output.dtype)


def _value(case: Case, of: str) -> Tensor:
    loss, leaves = case.bind(of)
    return loss(*leaves)


def _gradients(case: Case, of: str, upstream: Tensor | None = None) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The gradient from above (one of ours where none is given) and what it becomes at the leaves."""
    loss, leaves = case.bind(of)
    output = loss(*leaves)
    upstream = _upstream(output) if upstream is None else upstream.to(output.dtype)
    return upstream, torch.autograd.grad(output, leaves, upstream)


def _is_differentiable(case: Case) -> bool:
    return any(x.requires_grad for x in case.tensors)


def value(case: Case) -> None:
    """The loss is torch's: dtype, shape, device, and at least torch's accuracy."""
    torchs, truth = _value(case, "torch"), _value(case.in_float64(), "torch")
    assert_as_accurate(_value(case, "ours"), torchs, truth, "loss")


def gradient(case: Case) -> None:
    """Every gradient is torch's, for an upstream gradient that is not one."""
    if _is_differentiable(case):
        _assert_gradients(case, case)


def _assert_gradients(case: Case, laid_out: Case, upstream: Tensor | None = None) -> None:
    upstream, torchs = _gradients(laid_out, "torch", upstream)
    _, truths = _gradients(case.in_float64(), "torch", upstream)
    _, ours = _gradients(laid_out, "ours", upstream)
    for i, found in enumerate(zip(ours, torchs, truths, strict=True)):
        assert_as_accurate(*found, f"gradient {i}", products="linear" in case.name.lower())


def purity(case: Case) -> None:
    """Nothing that came in is written to, and the same call gives the same bits."""
    loss, leaves = case.bind("ours")
    before = [(x, x._version, x.detach().clone()) for x in (*leaves, *case.tensors)]
    first, second = loss(*leaves), loss(*leaves)
    assert_identical(second, first, "loss, called twice")
    if leaves:
        upstream = _upstream(first)
        before.append((upstream, upstream._version, upstream.clone()))
        slopes = torch.autograd.grad(first, leaves, upstream, retain_graph=True)
        kept = [x.clone() for x in slopes]
        again = torch.autograd.grad(first, leaves, upstream)
        repeated = torch.autograd.grad(second, leaves, upstream)
        for i, expected in enumerate(kept):
            assert_identical(slopes[i], expected, f"gradient {i}, after a second backward")
            assert_identical(again[i], expected, f"gradient {i}, of a second backward")
            assert_identical(repeated[i], expected, f"gradient {i}, of a second call")
    for tensor, version, value_before in before:
        assert_identical(tensor, value_before, "an argument, after the call")
        assert tensor._version == version, "an argument was written to"


def strides(case: Case) -> None:
    """Non-contiguous arguments, and an expanded upstream gradient, change nothing but the order of sums."""

    def spread(x: Tensor) -> Tensor:
        # What lies between the elements must not be read: NaN, or an index that is no class.
        gap = torch.full_like(x, float("nan") if x.is_floating_point() else 12)
        return torch.stack((gap, x), dim=-1)[..., 1]

    gapped = case.map(spread)
    torchs, truth = _value(gapped, "torch"), _value(case.in_float64(), "torch")
    assert_as_accurate(_value(gapped, "ours"), torchs, truth, "loss")
    if _is_differentiable(case):
        # What `loss.sum().backward()` hands down: one element, expanded with stride 0.
        _assert_gradients(case, gapped, torch.tensor(0.75, dtype=torchs.dtype).expand(torchs.shape))


def _gradcheck_settings(case: Case) -> dict[str, Any] | None:
    """How gradcheck runs on this sample; None where there is nothing to differentiate."""
    info = info_of(case.name)
    # A mean over no valid target is NaN, for torch and for ours (torch's draw has one): no difference quotient.
    if not _is_differentiable(case) or not _value(case, "torch").isfinite().all():
        return None
    few = sum(x.numel() for x in case.tensors if x.requires_grad) <= 16
    # 626 samples of LinearCrossEntropyLoss repeat others with another chunk size: the extras run on the others.
    repeats = case.build is not None and case.build.kwargs.get("options") is not None
    return {
        # The full Jacobian where it is small or torch asks for it; of the others its product with random vectors.
        "fast_mode": not few if info.gradcheck_fast_mode is None else info.gradcheck_fast_mode,
        "nondet_tol": info.gradcheck_nondet_tol,
        "check_batched_grad": not repeats,
        "check_undefined_grad": not repeats,
    }


def gradcheck(case: Case) -> None:
    """Reverse and forward mode agree with finite differences, and each of them with itself under vmap."""
    settings = _gradcheck_settings(case)
    if settings is not None:
        loss, leaves = case.bind("ours")
        batched = settings["check_batched_grad"]
        torch.autograd.gradcheck(loss, leaves, check_forward_ad=True, check_batched_forward_grad=batched, **settings)


def gradgradcheck(case: Case) -> None:
    """The second derivative agrees with differences: reverse over reverse, and forward over it where torch can."""
    settings = _gradcheck_settings(case)
    if settings is not None:
        loss, leaves = case.bind("ours")
        repeats = not settings["check_batched_grad"]
        over = getattr(info_of(case.name), "supports_fwgrad_bwgrad", True) and not repeats
        torch.autograd.gradgradcheck(loss, leaves, check_fwd_over_rev=over, **settings)


def vmapped(case: Case) -> None:
    """torch.func.vmap, and vmap of grad, give what a loop gives: over the input alone and over every tensor."""
    flat, spec = tree_flatten((case.call.args, case.call.kwargs))
    flat = [x.detach() if isinstance(x, Tensor) else x for x in flat]
    tensors = [i for i, x in enumerate(flat) if isinstance(x, Tensor)]
    for batched in (tensors[:1], tensors):
        stacks = [torch.stack((x, x.flip(tuple(range(x.dim()))))) for x in (flat[i] for i in batched)]
        loss = partial(_loss_of, case, flat, spec, batched)
        slope = grad(lambda *values, loss=loss: (loss(*values) * _upstream(loss(*values))).sum())
        for what, function in (("vmap", loss), ("vmap of grad", slope)):
            got = vmap(function)(*stacks)
            looped = torch.stack([function(*row) for row in zip(*stacks, strict=True)])
            assert_equal(got, looped, f"{what} over {len(batched)} tensors")


def _loss_of(case: Case, flat: list[Any], spec: TreeSpec, places: list[int], *values: Tensor) -> Tensor:
    """The loss with the tensors at `places` of the flattened arguments replaced."""
    replaced = list(flat)
    for place, x in zip(places, values, strict=True):
        replaced[place] = x
    args, kwargs = tree_unflatten(replaced, spec)
    return SUBJECTS[case.name].ours(*args, **kwargs)


def reference(case: Case) -> None:
    """Torch's own oracle for a module, which reads the settings from ours, agrees with the module."""
    if case.reference_fn is None:
        return
    module = case.module("ours")
    args = [x.detach() if isinstance(x, Tensor) else x for x in case.call.args]
    expected = case.reference_fn(module, *args, **case.call.kwargs)
    assert_equal(module(*args, **case.call.kwargs), expected, "loss, against torch's oracle")


def restored(case: Case) -> None:
    """A pickled module, a deep copy, and one loaded from the checkpoint of torch's give what the module gives."""
    module, fresh = case.module("ours"), case.module("ours")
    with torch.no_grad():
        for parameter in fresh.parameters():
            parameter.zero_()
    fresh.load_state_dict(case.module("torch").state_dict())
    args = [x.detach() if isinstance(x, Tensor) else x for x in case.call.args]
    expected = module(*args, **case.call.kwargs)
    others = {
        "pickled": pickle.loads(pickle.dumps(module)),
        "copied": copy.deepcopy(module),
        "loaded from torch's state_dict": fresh,
    }
    for what, other in others.items():
        assert_identical(other(*args, **case.call.kwargs), expected, f"loss of the module {what}")


def error(case: Case) -> None:
    """Calls that torch refuses are refused with the same type and text, at the call or already at construction."""
    assert case.error is not None
    kind, regex = case.error
    raised: Exception | None = None
    try:
        _value(case, "ours")
    except Exception as exception:
        raised = exception
    expected = f"{kind.__name__} expected, /{regex}/, got {raised!r}"
    assert isinstance(raised, kind), expected
    with warnings.catch_warnings():
        # One of torch's expressions holds "[[]", which Python warns about when it compiles it.
        warnings.simplefilter("ignore", FutureWarning)
        assert re.search(regex, str(raised)), expected


CHECKS = {
    check.__name__: check
    for check in (value, gradient, purity, strides, gradcheck, gradgradcheck, vmapped, reference, restored, error)
}
