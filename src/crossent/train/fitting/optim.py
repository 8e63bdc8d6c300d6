"""Optimizers, and which of a model's parameters decay."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from ..config.fit import HEAD_RATE, USUAL_LR
from ..config.groups import OptimizerConfig
from ..config.rules import SettingError
from ..models.pretrained.base import Pretrained
from ..models.widedeep import Rows

_NORMS = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.LocalResponseNorm,
    *((nn.RMSNorm,) if hasattr(nn, "RMSNorm") else ()),
)


def make_optimizer(model: nn.Module, config: OptimizerConfig, lr: float, *, fused: bool = False) -> Optimizer:
    """The optimizer over a model's parameters that ask for a gradient.

    Args:
        model: on its device.
        config: the settings.
        lr: the learning rate to start with.
        fused: one pass over each parameter per step instead of one per operation, where this torch has that.

    Raises:
        SettingError: nothing in the model can be trained.
    """
    rows = _rows_group(model, config)
    groups = [group for group in (*parameter_groups(model, config), rows) if group["params"]]
    if not groups:
        raise SettingError("model.name", "a model with a parameter to train", type(model).__name__, "mlp")
    options: dict[str, Any] = {"lr": lr}
    algorithm: Any
    if config.name == "sgd":
        algorithm = torch.optim.SGD
        options.update(momentum=config.momentum, nesterov=config.nesterov)
    else:
        algorithm = torch.optim.Adam if config.name == "adam" else torch.optim.AdamW
        options.update(betas=tuple(config.betas), eps=config.eps, amsgrad=config.amsgrad)
    if fused and "fused" in inspect.signature(algorithm).parameters:
        options["fused"] = True
    made: Optimizer = (_with_rows(algorithm) if rows["params"] else algorithm)(groups, **options)
    return made


def _rows_group(model: nn.Module, config: OptimizerConfig) -> dict[str, Any]:
    """The tables of `Rows`; their learning rate is a multiple of the others'."""
    modules = [module for module in model.modules() if isinstance(module, Rows)]
    tables, rate = [module.weight for module in modules], min([Rows.rate, *(module.rate for module in modules)])
    return {"params": tables, "weight_decay": 0.0, "scale": rate / USUAL_LR[config.name]}


def _with_rows(algorithm: Any) -> Any:
    """The algorithm, but plain gradient descent for the groups that have a `scale`."""

    class WithRows(algorithm):  # type: ignore[misc]
        @torch.no_grad()
        def step(self, closure: Any = None) -> Any:
            for group in self.param_groups:
                for table in group["params"] if "scale" in group else ():
                    if table.grad is not None:
                        # A sparse gradient costs the rows that it has, and no state.
                        table.add_(table.grad, alpha=-group["lr"])
                        table.grad = None
            return super().step(closure)

    WithRows.__name__ = algorithm.__name__
    return WithRows


def weight_decay(config: OptimizerConfig) -> float:
    """The weight decay that is meant where none is asked for, too."""
    if config.weight_decay is not None:
        return config.weight_decay
    return 0.01 if config.name == "adamw" else 1e-4


def parameter_groups(model: nn.Module, config: OptimizerConfig) -> list[dict[str, Any]]:
    """The parameters that decay, and those that do not: biases, single numbers and what belongs to a normalisation; of
    a pretrained model those of its head apart, which learns quicker."""
    decay = weight_decay(config)
    head = {id(parameter) for parameter in model.head()} if isinstance(model, Pretrained) else set()
    found: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for parameter, is_weight in _sorted_out(model):
        decays = decay != 0 and (is_weight or config.decay_all)
        found.setdefault((id(parameter) in head, decays), []).append(parameter)
    return [
        {
            "params": found.get((new, decays), []),
            "weight_decay": decay if decays else 0.0,
            **({"scale": HEAD_RATE} if new else {}),
        }
        for new in ((False, True) if head else (False,))
        for decays in ((True, False) if decay else (False,))
    ]


def _sorted_out(model: nn.Module) -> Iterator[tuple[nn.Parameter, bool]]:
    seen = set()
    for module in model.modules():
        if isinstance(module, Rows):
            continue
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad and id(parameter) not in seen:
                seen.add(id(parameter))
                yield parameter, parameter.dim() > 1 and "bias" not in name and not isinstance(module, _NORMS)
