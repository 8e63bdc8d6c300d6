"""Rows of a batch that are mixed up inside of the model."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from torch import nn

from .. import graph
from ..events import BackwardStarted, LossCall, SequenceRead
from ..finding import Finding, Text
from ..sites import Site
from ..traces import LossTrace, leave_mark, mark_at
from .base import Check, on

# Backward passes whose graphs are walked, and those that must agree.
_WALKS, _ENOUGH = 8, 2
_VIEWS = ("ViewBackward", "UnsafeViewBackward", "ReshapeAliasBackward")

_ATTENDED = Text(
    "{layer} takes the batch for the sequence: the {time} rows of the batch attend to each other, and the {batch} "
    "steps of each are treated as a batch.",
    "{layer} 把批次当成了序列：批次的 {time} 行互相关注，而每行的 {batch} 个时间步被当成了批次。",
)
_VIEWED = Text(
    "a view takes {before} for {after}: it does not swap axes, it cuts the numbers anew, and each of the {rows} rows "
    "gets numbers of other rows.",
    "view 把 {before} 变成 {after}：它不会交换维度，只是重新切分数字，{rows} 行中每一行都混入了其他行的数字。",
)
_VIEWED_EVIDENCE = Text(
    "proof: the graph of the loss of {rows} rows holds this view, {calls} times; row 1 of the result begins at number "
    "{begin} of the tensor, which belongs to another place than row 1 of before",
    "证据：{rows} 行的损失的计算图中有这个 view，共 {calls} 次；结果的第 1 行从第 {begin} 个数开始，而那并不属于原来的"
    "第 1 行",
)
_VIEWED_FIX = Text(
    "swap the axes first: x.transpose(0, 1), then x.reshape({rows}, …); of the last states of a recurrent layer: "
    "torch.cat([h[-2], h[-1]], 1)",
    "先交换维度：x.transpose(0, 1)，再 x.reshape({rows}, …)；循环层的最后状态请用 torch.cat([h[-2], h[-1]], 1)",
)


@dataclass
class _Seen:
    calls: int = 0
    clean: int = 0
    time: int = 0
    batch: int = 0


class RowsMixed(Check):
    """The rows of a batch are mixed up inside of the model.

    中文：模型内部混淆了批次中的样本：循环层或注意力层把批次当作时间，或该用 transpose 的地方用了 view。

    Why: `nn.LSTM`, `nn.MultiheadAttention` and their like expect (time, batch, features) unless they are built with
    `batch_first=True`. Fed with (batch, time, features) they go from row to row of the batch: what is predicted for a
    row depends on the rows that happen to stand beside it. A `view` that only renames the axes does the same.

    Wrong::

        rnn, head = nn.LSTM(2, 16), nn.Linear(16, 3)
        optimizer = torch.optim.Adam([*rnn.parameters(), *head.parameters()])
        for xb, yb in loader:
            optimizer.zero_grad()
            output, _ = rnn(xb.view(-1, 3, 2))  # doctor: note[rows-mixed]
            F.cross_entropy(head(output[:, -1]), yb).backward()
            optimizer.step()

    Right::

        rnn, head = nn.LSTM(2, 16, batch_first=True), nn.Linear(16, 3)
        optimizer = torch.optim.Adam([*rnn.parameters(), *head.parameters()])
        for xb, yb in loader:
            optimizer.zero_grad()
            output, _ = rnn(xb.view(-1, 3, 2))
            F.cross_entropy(head(output[:, -1]), yb).backward()
            optimizer.step()

    Known limits: a proof from shapes and the graph: a recurrent layer or attention whose steps are as many as the loss
    has rows, and whose batch is another number; a view of hidden values that moves the rows to another axis. Where both
    numbers are the same, and for what happens to the data before the model, nothing is reported.
    """

    id = "rows-mixed"
    severity = "error"
    subject = "loop"
    preview = True
    message = Text(
        "{layer} takes the batch for time: it goes through the {time} rows of the batch one after the other, as if "
        "they were one sequence, and treats the {batch} steps of each as a batch.",
        "{layer} 把批次当成了时间：它把批次的 {time} 行当作一个序列依次读过，而把每行的 {batch} 个时间步当成批次。",
    )
    evidence = Text(
        "proof: with batch_first={first} its input ({shape}) has {time} steps and {batch} rows, and the loss that was "
        "computed from its output has {time} rows; {calls} of {calls} times",
        "证据：batch_first={first} 时，它的输入（{shape}）为 {time} 步、{batch} 行，而由其输出算得的损失有 {time} 行；"
        "{calls} 次中有 {calls} 次",
    )
    fix = Text(
        "build it with batch_first={other}, or transpose its input: x.transpose(0, 1)",
        "用 batch_first={other} 构建该层，或转置输入：x.transpose(0, 1)",
    )

    def prepare(self) -> None:
        self.layers: dict[Site, tuple[_Seen, dict[str, Any]]] = {}
        self.views: dict[tuple[Site, int, int], tuple[_Seen, dict[str, Any]]] = {}
        # Lines of losses with one target per row, or several, and how many.
        self.plain: dict[Site, int] = {}
        self.walks = 0

    @on(SequenceRead)
    def read(self, event: SequenceRead) -> None:
        if self.walks > _WALKS:
            return
        first = event.layer.batch_first
        steps, rows = event.input.shape[int(first)], event.input.shape[int(not first)]
        shape = ", ".join(map(str, event.input.shape))
        values = {"layer": type(event.layer).__name__, "first": first, "other": not first, "shape": shape}
        for tensor in (event.output, event.state):
            leave_mark(tensor, "recurrent", (event.site, steps, rows, values))

    @on(LossCall)
    def loss(self, event: LossCall) -> None:
        shape = event.target.shape
        if len(shape) == 1 or (len(shape) == 2 and (shape[1] == 1 or event.target.is_floating_point())):
            self.plain[event.site] = shape[1] if len(shape) == 2 else 1

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> None:
        self.walks += 1
        if self.walks > _WALKS or len(event.losses) != 1:
            return
        ((trace, _),) = event.losses
        if trace.site not in self.plain or trace.rows < 2:
            return
        for node in graph.nodes(event.roots):
            mark = mark_at(node, "recurrent")
            if mark is not None:
                self._recurrent(trace, *mark)
            if node.name().startswith(_VIEWS):
                self._view(trace, node)

    def _recurrent(self, trace: LossTrace, site: Site, steps: int, batch: int, values: dict[str, Any]) -> None:
        seen, said = self.layers.setdefault(site, (_Seen(), {}))
        # Targets of as many columns may be (time, batch).
        if steps == trace.rows != batch and batch not in (1, self.plain[trace.site]):
            seen.calls += 1
            said.update(values, time=steps, batch=batch)
        else:
            seen.clean += 1

    def _view(self, trace: LossTrace, node: Any) -> None:
        before = tuple(map(int, node._saved_self_sym_sizes))
        made = getattr(node, "_input_metadata", None)
        after = tuple(made[0].shape) if made else ()
        rows = trace.rows
        if _cuts_anew(before, after, rows):
            seen, said = self.views.setdefault((trace.site, len(before), len(after)), (_Seen(), {}))
            seen.calls += 1
            said.update(before=before, after=after, rows=rows, begin=prod(after[1 + (after[0] != rows) :]))

    def finish(self) -> list[Finding]:
        attention = nn.MultiheadAttention.__name__
        found = [
            self.found(site, message=_ATTENDED if values["layer"] == attention else None, calls=seen.calls, **values)
            for site, (seen, values) in self.layers.items()
            if seen.calls >= _ENOUGH and not seen.clean
        ]
        for (site, _, _), (seen, values) in self.views.items():
            if seen.calls >= _ENOUGH:
                values = {**values, "calls": seen.calls}
                found.append(self.found(site, message=_VIEWED, evidence=_VIEWED_EVIDENCE, fix=_VIEWED_FIX, **values))
        return found


def _cuts_anew(before: tuple[int, ...], after: tuple[int, ...], rows: int) -> bool:
    """Tell whether a view moves the axis of `rows` from the second place to the first, or from the first to the second,
    which takes a transpose."""
    if len(before) < 2 or len(after) < 2:
        return False
    if after[0] == rows == before[1]:
        outer = before[0]
        # Whole blocks that are cut or put together keep the rows apart: (4 * N, N, D) to (N, 4 * N * D).
        if outer < 2 or outer % rows == 0:
            return False
        swapped = after[1] == outer and after[2:] == before[2:]
        joined = len(before) == 3 and len(after) == 2 and after[1] == outer * before[2]
        return swapped or joined
    # Groups of rows have fewer of them each, but for (16, 8, D) to (8, 16, D).
    return len(after) == 3 and after[1] == rows == before[0] and after[0] in before[1:] and after[0] > 1 != rows
