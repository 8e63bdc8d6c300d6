"""Random numbers of a dataset that are the same in every worker."""

from __future__ import annotations

import inspect
import random
import re
from typing import Any

import torch
from torch.utils.data import IterableDataset, Subset

from ..events import PassStarted
from ..finding import Text
from ..sites import Site
from .base import Check, Findings, on


class SameRandomNumbersInWorkers(Check):
    """The workers of a loader each have a copy of the dataset's random generator, in the same state.

    中文：数据集自带的随机数生成器被复制到每个 worker：各 worker 产生相同的随机数，且每个 epoch 重复。

    Why: a worker is a copy of the process. Torch seeds the global generators of each anew; one that the dataset holds
    is copied with its state. With 4 workers every augmentation comes 4 times, and every epoch has those of the first.

    Wrong::

        import random


        class Noisy(torch.utils.data.Dataset):
            def __init__(self):
                self.rng = random.Random(0)

            def __len__(self):
                return 64

            def __getitem__(self, i):
                return x[i] + self.rng.random(), y[i]


        loader = DataLoader(Noisy(), batch_size=32, num_workers=2)  # doctor: note[same-random-numbers-in-workers]
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Right::

        class Noisy(torch.utils.data.Dataset):
            def __len__(self):
                return 64

            def __getitem__(self, i):
                return x[i] + torch.rand(()), y[i]


        loader = DataLoader(Noisy(), batch_size=32, num_workers=2)
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Known limits: a proof that the dataset holds a generator (numpy, random, torch) and that there are several workers;
    that rows are made with it is read from the text of `__getitem__` or `__iter__`. With a `worker_init_fn`, or where
    the dataset asks for its worker, nothing is reported.
    """

    id = "same-random-numbers-in-workers"
    severity = "warning"
    subject = "loop"
    preview = True
    message = Text(
        "all {workers} workers draw the same random numbers: `self.{name}` of {data} is copied to each of them in the "
        "same state, and again at every epoch.",
        "全部 {workers} 个 worker 产生相同的随机数：{data} 的 `self.{name}` 以相同状态复制给每个 worker，每个 epoch 都"
        "重新复制。",
    )
    evidence = Text(
        "proof and code: num_workers={workers}, no worker_init_fn, and {data}.{method} uses self.{name}, a {kind}",
        "证据与代码：num_workers={workers}，没有 worker_init_fn，而 {data}.{method} 使用 self.{name}（{kind}）",
    )
    fix = Text(
        "draw from torch's generator (torch.rand, …), which torch seeds in each worker, or make the generator in "
        "worker_init_fn from torch.initial_seed()",
        "使用 torch 的生成器（torch.rand 等），torch 会为每个 worker 设置种子；或在 worker_init_fn 中用 "
        "torch.initial_seed() 新建生成器",
    )

    def prepare(self) -> None:
        self.known: set[Site] = set()

    @on(PassStarted)
    def begin(self, event: PassStarted) -> Findings:
        loader = event.loader
        if event.site in self.known or loader.num_workers < 2 or loader.worker_init_fn is not None:
            return
        self.known.add(event.site)
        data = loader.dataset
        while isinstance(data, Subset):
            data = data.dataset
        method = "__iter__" if isinstance(data, IterableDataset) else "__getitem__"
        text = _text(getattr(type(data), method, None))
        if "worker_info" in _text(type(data)):
            return
        for name, value in list(getattr(data, "__dict__", {}).items()):
            if _is_generator(value) and re.search(rf"self\.{re.escape(name)}\b", text):
                kind = f"{type(value).__module__}.{type(value).__qualname__}"
                values = {"name": name, "data": type(data).__name__, "method": method, "kind": kind}
                yield self.found(event.site, workers=loader.num_workers, **values)
                return


def _is_generator(thing: Any) -> bool:
    if isinstance(thing, random.Random | torch.Generator):
        return not isinstance(thing, random.SystemRandom)
    return type(thing).__module__.startswith("numpy.random") and type(thing).__name__ in ("Generator", "RandomState")


def _text(thing: Any) -> str:
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return ""
