"""Errors that a script died of, and what observation adds to their text."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from types import TracebackType

from .finding import Text
from .history import History
from .sites import Site

# Where the frames of the observation come from: `patches.py` names its code so.
_OURS = (os.path.join(os.path.dirname(__file__), ""), "<crossent doctor>")
_STEPPED = Text(
    "optimizer.step() ({step}) ran between the forward pass and this backward pass, and changed weights that the "
    "graph needs: call loss.backward() before optimizer.step()",
    "optimizer.step()（{step}）在前向传播与这次反向传播之间运行，改变了计算图所需的权重：请在 "
    "optimizer.step() 之前调用 loss.backward()",
)
_IN_PLACE = Text(
    "a tensor that the graph needs was written to (x += …, x[…] = …, relu_()) between the forward pass and this "
    "backward pass; torch.autograd.set_detect_anomaly(True) names the forward line",
    "计算图所需的张量在前向与反向传播之间被原地修改（x += …、x[…] = …、relu_()）；"
    "torch.autograd.set_detect_anomaly(True) 会指出前向代码行",
)
_TWICE = Text(
    "a second backward pass went through a graph that the first one had freed: compute the loss anew for every "
    "backward pass, and detach what is carried from one batch to the next (hidden = hidden.detach())",
    "第二次反向传播经过了已被释放的计算图：每次反向传播都要重新计算损失，批次间传递的张量要先 detach",
)
_ON_DEVICE = Text(
    "the GPU has stopped at an index out of range, most often a label outside of [0, C), and reports it late, at any "
    "line: run the same on the CPU, which names the label, or with CUDA_LAUNCH_BLOCKING=1",
    "GPU 因下标越界而停止，多半是标签超出 [0, C)，而且报告的行往往滞后：请在 CPU 上运行以得知是哪个标签，"
    "或设置 CUDA_LAUNCH_BLOCKING=1",
)
_UNSCALED = Text(
    "the loss was scaled, and the optimizer stepped without the scaler: write scaler.step(optimizer) in the place of "
    "optimizer.step()",
    "损失经过了 scaler.scale()，优化器却没有通过 scaler 更新：请把 optimizer.step() 换成 scaler.step(optimizer)",
)
_NOTHING_TO_CLIP = Text(
    "the gradients that were to be clipped do not exist yet: clip between loss.backward() and optimizer.step()",
    "要裁剪的梯度尚不存在：请在 loss.backward() 之后、optimizer.step() 之前裁剪",
)
# Of the text of an error, which the traceback has whole.
_SHOWN = 120
_SHAPES = Text("{given} ({where})", "{given}（{where}）")


@dataclass(frozen=True)
class Crash:
    """An error that ended the script: its text, the line of the script, and an explanation where there is one."""

    error: str
    where: str
    known: Text | None
    values: dict[str, str]

    def explanation(self, language: str) -> str:
        """The explanation of the crash, "" if there is none."""
        return "" if self.known is None else str(getattr(self.known, language)).format(**self.values)


def explain(error: BaseException, site: Site, history: History) -> Crash:
    """The crash of a script that died of `error`, raised below `site`."""
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    known, values = _known(str(error), history)
    if len(text) > _SHOWN:
        text = text[:_SHOWN].rpartition(" ")[0] + " …"
    return Crash(text, str(site), known, values)


def _known(text: str, history: History) -> tuple[Text | None, dict[str, str]]:
    if "modified by an inplace operation" in text:
        steps = history.last_steps
        # The pass that fails has begun already.
        if steps is not None and steps.backwards == history.backwards - 1:
            return _STEPPED, {"step": str(steps.site)}
        return _IN_PLACE, {}
    if "backward through the graph a second time" in text:
        return _TWICE, {}
    if "No inf checks were recorded" in text:
        return _UNSCALED, {}
    if "nested_tensorlist" in text:
        return _NOTHING_TO_CLIP, {}
    if "device-side assert" in text:
        return _ON_DEVICE, {}
    if history.failed is not None and re.search(r"shape|size|dimension|channels", text):
        site, given = history.failed
        return _SHAPES, {"given": given, "where": str(site)}
    return None, {}


def hide_our_frames(error: BaseException | None) -> None:
    """Take the frames of the observation out of the tracebacks of an exception and of what it was raised from."""
    rest, seen = [error], set()
    while rest:
        one = rest.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _without_ours(one.__traceback__)
        rest += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    kept = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_OURS):
            kept.append(traceback)
        traceback = traceback.tb_next
    for one, after in zip(kept, [*kept[1:], None], strict=False):
        one.tb_next = after
    return kept[0] if kept else None
