"""Where and in which number format a run computes: Lightning Fabric, started quietly."""

from __future__ import annotations

import inspect
import logging
import os
import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from lightning_fabric.strategies.model_parallel import ModelParallelStrategy
from lightning_fabric.utilities.exceptions import MisconfigurationException
from torch import Tensor, nn
from torch.distributed import DistError
from torch.optim import Optimizer

from ..config.fit import FitConfig, SettingError
from ..errors import TrainingError
from .distributed import World


def start_fabric(config: FitConfig) -> Fabric:
    """Fabric on the devices of the settings, with its processes joined.

    Raises:
        SettingError: this machine has no such device, or the device has no such precision.
    """
    # What it announces (the precision it chose, hints) is no news to who chose it.
    logging.getLogger("lightning_fabric").setLevel(logging.ERROR)
    there = (
        "cpu",
        *(["cuda"] if torch.cuda.is_available() else []),
        *(["mps"] if torch.backends.mps.is_available() else []),
    )
    if config.accelerator not in ("auto", *there):
        expected = f"a device of this machine ({', '.join(there)})"
        raise SettingError("accelerator", expected, config.accelerator, "auto")
    with warnings.catch_warnings():
        # Where Fabric would go on with another precision than the one asked for, it warns.
        warnings.filterwarnings("error", message="You passed `Fabric", category=UserWarning)
        try:
            fabric = Fabric(
                accelerator=config.accelerator,
                devices=config.devices,
                num_nodes=config.nodes,
                strategy=_strategy(config),
                precision=config.precision,
            )
            fabric.launch()
            return fabric
        except DistError as error:
            where = f"{os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}"
            if "EADDRINUSE" in str(error):
                raise TrainingError(
                    f"the processes of this run cannot meet at {where}: another program listens there; choose another "
                    "port (MASTER_PORT, torchrun --master-port)"
                ) from None
            raise TrainingError(
                f"the processes of this run cannot meet at {where}: {' '.join(str(error).split())}; start all of them, "
                "with the same MASTER_ADDR and MASTER_PORT"
            ) from None
        except UserWarning:
            raise SettingError("precision", "one that this device has", config.precision, "bf16-mixed") from None
        except MisconfigurationException as error:
            expected = f"devices of this machine ({' '.join(str(error).split())})"
            raise SettingError("devices", expected, config.devices, 1) from None


class Engine:
    """The engine of a step: Fabric, or torch alone where Fabric would only pass the calls on.

    One process in full precision needs no wrapper around the model, the optimizer and the backward pass; each costs
    more time than a small layer.
    """

    def __init__(self, fabric: Fabric) -> None:
        self.fabric = fabric
        self.device: torch.device = fabric.device
        self.world = World(fabric.global_rank, fabric.world_size, fabric.device)
        self.sharded = isinstance(fabric.strategy, ModelParallelStrategy)
        self.plain = fabric.world_size == 1 and not self.sharded and fabric._precision.precision == "32-true"
        self._scaler: Any = getattr(fabric._precision, "scaler", None)

    def set_up(self, model: nn.Module) -> nn.Module:
        """The model as steps and evaluations call it, on the device."""
        if self.plain:
            return model.to(self.device)
        wrapped: nn.Module = self.fabric.setup_module(model)
        return wrapped

    def set_up_optimizer(self, optimizer: Optimizer) -> Any:
        """The optimizer as steps call it."""
        return optimizer if self.plain else self.fabric.setup_optimizers(optimizer)

    def backward(self, loss: Tensor, slope: Tensor) -> None:
        """Backpropagate loss · slope, 0-d both, scaled where the precision wants that."""
        if self.plain:
            loss.backward(slope)
        else:
            self.fabric.backward(loss, slope)

    def accumulating(self, model: nn.Module, more: bool) -> AbstractContextManager[Any]:
        """Leave the gradients unsynchronised where more micro-batches follow."""
        if self.world.size == 1 or not more:
            return nullcontext()
        return self.fabric.no_backward_sync(model)  # type: ignore[arg-type]

    def scaler_state(self) -> dict[str, Any] | None:
        """The state of the loss scaling of 16-bit precision."""
        return None if self._scaler is None else self._scaler.state_dict()

    def load_scaler(self, state: dict[str, Any] | None) -> None:
        """Go on from such a state."""
        if self._scaler is not None and state is not None:
            self._scaler.load_state_dict(state)

    def clip(self, model: nn.Module, optimizer: Any, norm: float) -> None:
        """Scale the gradients down to the norm where theirs is larger."""
        if self.plain:
            nn.utils.clip_grad_norm_(model.parameters(), norm)
        else:
            self.fabric.clip_gradients(model, optimizer, max_norm=norm, error_if_nonfinite=False)


def _strategy(config: FitConfig) -> Any:
    if config.strategy == "fsdp2":
        return ModelParallelStrategy(shard, data_parallel_size=config.devices * config.nodes, tensor_parallel_size=1)
    if config.strategy == "ddp" or config.devices * config.nodes > 1:
        # Buffers such as running means are taken from process 0 before each evaluation; no step needs them.
        parameters = inspect.signature(nn.parallel.DistributedDataParallel).parameters
        name = "forward_sync_buffers" if "forward_sync_buffers" in parameters else "broadcast_buffers"
        options: dict[str, Any] = {name: False}
        return DDPStrategy(**options)
    return "auto"


def shard(model: nn.Module, mesh: Any) -> nn.Module:
    """Spread a model's parameters over the mesh: each larger child by itself, the rest together."""
    from torch.distributed.fsdp import fully_shard

    mesh = mesh["data_parallel"]
    for child in model.children():
        if isinstance(child, (nn.Sequential, nn.ModuleList)):
            for layer in child:
                if any(True for _ in layer.parameters()):
                    fully_shard(layer, mesh=mesh)
        # What only holds parameters is not called, which would bring them together: its owner's call does.
        elif not isinstance(child, (nn.ParameterList, nn.ParameterDict)) and any(True for _ in child.parameters()):
            fully_shard(child, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return model
