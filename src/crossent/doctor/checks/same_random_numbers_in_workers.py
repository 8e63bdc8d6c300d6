"""Random numbers of a dataset that are the same in every worker."""

from __future__ import annotations

import ast
import random
import re
import sys
from typing import Any

import torch
from torch.utils.data import IterableDataset, Subset

from .. import source
from ..events import PassStarted
from ..finding import Text
from ..sites import Site
from .base import Check, Findings, on

# How the global generators of random, numpy and torch are seeded.
_SEEDS = ("seed", "manual_seed")

_SEEDED = Text(
    "all {workers} workers draw the same random numbers: `{seed}` in worker_init_fn gives each of them the same seed, "
    "and again at every epoch.",
    "全部 {workers} 个 worker 产生相同的随机数：worker_init_fn 中的 `{seed}` 给每个 worker 相同的种子，每个 epoch 都"
    "如此。",
)
_SEEDED_EVIDENCE = Text(
    "code: the seed in `{seed}` depends neither on the worker nor on torch.initial_seed(); num_workers={workers}, and "
    "the file of {data} draws from that generator",
    "依据代码：`{seed}` 的种子既不取决于 worker，也不取决于 torch.initial_seed()；num_workers={workers}，{data} 所在文"
    "件使用该生成器",
)


class SameRandomNumbersInWorkers(Check):
    """The workers of a loader each have a copy of one random generator, in the same state.

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
    that rows are made with it is read from the text of `__getitem__` or `__iter__`. Of a `worker_init_fn` a seed is
    reported that does not depend on the worker. Where the dataset asks for its worker, nothing is.
    """

    id = "same-random-numbers-in-workers"
    severity = "warning"
    subject = "loop"
    preview = True
    message = Text(
        "all {workers} workers draw the same random numbers: `{name}`, which {data} draws from, is copied to each of "
        "them in the same state, and again at every epoch.",
        "全部 {workers} 个 worker 产生相同的随机数：{data} 使用的 `{name}` 以相同状态复制给每个 worker，每个 epoch 都重"
        "新复制。",
    )
    evidence = Text(
        "proof and code: num_workers={workers}, no worker_init_fn, and {data}.{method} uses {name}, a {kind}",
        "证据与代码：num_workers={workers}，没有 worker_init_fn，而 {data}.{method} 使用 {name}（{kind}）",
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
        if event.site in self.known or loader.num_workers < 2:
            return
        self.known.add(event.site)
        data = loader.dataset
        while isinstance(data, Subset):
            data = data.dataset
        method = "__iter__" if isinstance(data, IterableDataset) else "__getitem__"
        if "worker_info" in source.text_of(type(data)):
            return
        said = {"data": type(data).__name__, "method": method, "workers": loader.num_workers}
        if loader.worker_init_fn is not None:
            seed = _same_seed(loader.worker_init_fn)
            if seed is not None and _draws_from(seed, type(data)):
                yield self.found(event.site, message=_SEEDED, evidence=_SEEDED_EVIDENCE, seed=seed, **said)
            return
        function = getattr(type(data), method, None)
        text = source.text_of(function)
        own = {f"self.{name}": value for name, value in list(getattr(data, "__dict__", {}).items())}
        for name, value in (own | source.seen_from(function)).items():
            if _is_generator(value) and re.search(rf"(?<![\w.]){re.escape(name)}\b", text):
                kind = f"{type(value).__module__}.{type(value).__qualname__}"
                yield self.found(event.site, name=name, kind=kind, **said)
                return


def _same_seed(function: Any) -> str | None:
    """The call by which a `worker_init_fn` gives every worker the same seed, as far as its text tells."""
    tree = source.function_tree(function)
    if tree is None:
        return None
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    local = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    local |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in _SEEDS:
            parts = [part for given in call.args for part in ast.walk(given)]
            if parts and not any(isinstance(part, ast.Call) or getattr(part, "id", None) in local for part in parts):
                return ast.unparse(call)
    return None


def _draws_from(seed: str, data: type) -> bool:
    """Tell whether the file of a dataset draws from the generator that a call seeds."""
    module = seed.rpartition("(")[0].rpartition(".")[0]
    draws = rf"(?<![\w.]){re.escape(module)}\.\w*(rand|choice|normal|uniform|permutation|shuffle|sample|bernoulli)"
    return re.search(draws, source.text_of(sys.modules.get(data.__module__))) is not None


def _is_generator(thing: Any) -> bool:
    if isinstance(thing, random.Random | torch.Generator):
        return not isinstance(thing, random.SystemRandom)
    return type(thing).__module__.startswith("numpy.random") and type(thing).__name__ in ("Generator", "RandomState")
