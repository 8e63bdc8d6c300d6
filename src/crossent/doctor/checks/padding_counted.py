"""Padding that is treated as if it were data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from ...core.graph import parents
from .. import graph
from ..events import (
    AttentionComputed,
    BackwardStarted,
    LossExamined,
    ObservationPaused,
    SequenceRead,
    StepStarted,
    TokensEmbedded,
)
from ..finding import Finding, Text
from ..sites import Site
from ..traces import leave_mark, mark_at
from .base import Check, on

# Embeddings and attentions of a script that are examined; embeddings of one step that are kept.
_EXAMINED, _KEPT = 64, 4
# Padded positions that say something, and the share of other positions that may have the label of padding.
_ENOUGH, _SHARED = 8, 0.9

_ATTENDED = Text(
    "attention runs over padding: every real position also attends to the padded ones of its row, so that its result "
    "depends on the length of the longest row of the batch.",
    "注意力也关注了填充位置：每个真实位置都会关注本行的填充，结果因此取决于批次中最长的一行。",
)
_ATTENDED_EVIDENCE = Text(
    "proof: in {calls} calls neither key_padding_mask nor attn_mask was given, while {padded} of {positions} ids were "
    "the embedding's padding_idx ({padding})",
    "证据：{calls} 次调用既没有 key_padding_mask 也没有 attn_mask，而 {positions} 个 id 中有 {padded} 个是嵌入层的 "
    "padding_idx（{padding}）",
)
_ATTENDED_FIX = Text(
    "give the attention key_padding_mask=ids == {padding} (src_key_padding_mask in a TransformerEncoder)",
    "给注意力传入 key_padding_mask=ids == {padding}（TransformerEncoder 中为 src_key_padding_mask）",
)
_LAST = Text(
    "the last step of a recurrent layer is read, and for {rows} of {all} rows that is padding: their state has gone on "
    "changing over up to {steps} padded steps.",
    "读取的是循环层的最后一步，而 {all} 行中有 {rows} 行的最后一步是填充：它们的状态在至多 {steps} 个填充步中继续变化。"
    "",
)
_LAST_EVIDENCE = Text(
    "proof: the loss depends on the last step alone (output[:, -1] or the last state), the input was no "
    "PackedSequence, and the ids of these rows end in padding_idx ({padding}); seen in {calls} calls",
    "证据：损失只依赖最后一步（output[:, -1] 或最后的状态），输入不是 PackedSequence，且这些行的 id 以 padding_idx"
    "（{padding}）结尾；共 {calls} 次调用",
)
_LAST_FIX = Text(
    "pack the rows (nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=…, enforce_sorted=False)), or read "
    "output[torch.arange(N), lengths - 1]",
    "打包后再输入（nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=…, enforce_sorted=False)），"
    "或读取 output[torch.arange(N), lengths - 1]",
)


@dataclass
class _Seen:
    calls: int = 0
    clean: int = 0
    values: dict[str, Any] = field(default_factory=dict)


class PaddingCounted(Check):
    """Padding is treated as data: it counts in the loss, is attended to, or is read as the last step.

    中文：填充被当作数据：计入损失、被注意力关注，或被当作最后一步读取。

    Why: padding is the easiest thing to predict. Where it counts, the loss is small and the gradient small with it:
    with rows padded to twice their length, half of every update teaches the model to predict nothing.

    Wrong::

        ids = torch.randint(1, 9, (320, 12)) * (torch.arange(12) < torch.randint(3, 12, (320, 1)))
        tags = ids % 3
        model = nn.Sequential(nn.Embedding(9, 8, padding_idx=0), nn.Linear(8, 3))
        optimizer = torch.optim.Adam(model.parameters())
        for rows in torch.randperm(320).split(40):
            optimizer.zero_grad()
            scores = model(ids[rows])
            F.cross_entropy(scores.flatten(0, 1), tags[rows].flatten()).backward()  # doctor: note[padding-counted]
            optimizer.step()

    Right::

        ids = torch.randint(1, 9, (320, 12)) * (torch.arange(12) < torch.randint(3, 12, (320, 1)))
        tags = (ids % 3).masked_fill(ids == 0, -100)
        model = nn.Sequential(nn.Embedding(9, 8, padding_idx=0), nn.Linear(8, 3))
        optimizer = torch.optim.Adam(model.parameters())
        for rows in torch.randperm(320).split(40):
            optimizer.zero_grad()
            scores = model(ids[rows])
            F.cross_entropy(scores.flatten(0, 1), tags[rows].flatten()).backward()
            optimizer.step()

    Known limits: padding is known by the `padding_idx` of an embedding alone. In the loss it is seen by values: one
    label wherever the id is padding, which is not ignored and has a weight. Attention and the last step are proofs, of
    torch's own layers. Losses with `reduction="none"` and masks that take padding away pass in silence.
    """

    id = "padding-counted"
    severity = "warning"
    subject = "targets"
    preview = True
    message = Text(
        "padding counts in the loss: {padded} of {positions} positions are padding, and the model is trained to "
        "predict label {label} there.",
        "填充计入了损失：{positions} 个位置中有 {padded} 个是填充，模型被训练在这些位置预测标签 {label}。",
    )
    evidence = Text(
        "values: in {calls} losses every position whose id is the embedding's padding_idx ({padding}) has label "
        "{label}, which is not ignored (ignore_index={ignored})",
        "依据数值：在 {calls} 次损失计算中，凡 id 为嵌入层 padding_idx（{padding}）的位置，标签都是 {label}，且未被忽略"
        "（ignore_index={ignored}）",
    )
    fix = Text(
        "give padding a label that is ignored: ignore_index={label}, or labels.masked_fill(ids == {padding}, -100)",
        "让填充的标签被忽略：ignore_index={label}，或 labels.masked_fill(ids == {padding}, -100)",
    )

    def prepare(self) -> None:
        # Where the ids of this step are padding, and which id that is.
        self.masks: list[tuple[Tensor, int]] = []
        self.looks = 0
        self.losses: dict[Site, _Seen] = {}
        self.attended: dict[Site, _Seen] = {}
        self.last: dict[Site, _Seen] = {}

    @on(ObservationPaused, StepStarted)
    def forget(self, event: ObservationPaused | StepStarted) -> None:
        self.masks.clear()

    @on(TokensEmbedded)
    def embedded(self, event: TokensEmbedded) -> None:
        self.looks += 1
        if self.looks > _EXAMINED:
            return
        mask = event.ids == event.padding
        if mask.ndim == 2 and bool(mask.any()):
            self.masks = [*self.masks[1 - _KEPT :], (mask.detach(), event.padding)]

    @on(LossExamined)
    def loss(self, event: LossExamined) -> None:
        if not self.masks or not event.takes_part or event.reduction == "none" or not event.labels.by_index:
            return
        seen = self.losses.setdefault(event.site, _Seen())
        for mask, padding in reversed(self.masks):
            label = _label_of_padding(event, mask) if event.of_classes else None
            if label is not None:
                seen.calls += 1
                values = {"padded": int(mask.sum()), "positions": mask.numel(), "label": label, "padding": padding}
                seen.values = {**values, "ignored": event.ignore_index}
                return
        seen.clean += 1

    @on(AttentionComputed)
    def attend(self, event: AttentionComputed) -> None:
        for mask, padding in reversed(self.masks):
            if tuple(mask.shape) in (event.keys, event.keys[::-1]):
                seen = self.attended.setdefault(event.site, _Seen())
                seen.clean += event.masked
                seen.calls += not event.masked
                seen.values = {"padded": int(mask.sum()), "positions": mask.numel(), "padding": padding}
                return

    @on(SequenceRead)
    def read(self, event: SequenceRead) -> None:
        if not isinstance(event.layer, nn.RNNBase):
            return
        axis = 1 if event.layer.batch_first else 0
        shape = (event.input.shape[1 - axis], event.input.shape[axis])
        alike = ((mask if axis else mask.t(), padding) for mask, padding in reversed(self.masks))
        by_row, padding = next((one for one in alike if tuple(one[0].shape) == shape), (None, 0))
        # Padding at the end of rows only: whoever pads in front reads the last step rightly.
        if by_row is None or bool(by_row[:, 0].any()) or not bool(by_row[:, -1].any()):
            return
        padded = by_row.sum(1)
        values = {"rows": int((padded > 0).sum()), "all": len(padded), "steps": int(padded.max()), "padding": padding}
        leave_mark(event.output, "sequence", (event.site, axis, shape[1], values))
        leave_mark(event.state, "state", (event.site, values))

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> None:
        if not self.masks:
            return
        last: dict[Site, dict[str, Any]] = {}
        others: set[Site] = set()
        for node in graph.nodes(event.roots):
            state = mark_at(node, "state")
            if state is not None:
                last[state[0]] = state[1]
            for parent in parents(node):
                mark = mark_at(parent, "sequence")
                if mark is not None and _takes_last(node, mark[1], mark[2]):
                    last[mark[0]] = mark[3]
                elif mark is not None:
                    others.add(mark[0])
        for site, values in last.items():
            seen = self.last.setdefault(site, _Seen(values=values))
            seen.calls += site not in others
            seen.clean += site in others

    def finish(self) -> list[Finding]:
        kinds = (
            (self.losses, None, None, None),
            (self.attended, _ATTENDED, _ATTENDED_EVIDENCE, _ATTENDED_FIX),
            (self.last, _LAST, _LAST_EVIDENCE, _LAST_FIX),
        )
        return [
            self.found(site, message=message, evidence=evidence, fix=fix, calls=one.calls, **one.values)
            for seen, message, evidence, fix in kinds
            for site, one in seen.items()
            if one.calls > 1 and not one.clean
        ]


def _label_of_padding(event: LossExamined, mask: Tensor) -> int | None:
    """The one label of all padded positions, if it counts and is not nearly everybody's."""
    target = event.target.detach()
    if target.numel() != mask.numel() or mask.device != target.device or int(mask.sum()) < _ENOUGH:
        return None
    if target.ndim == 2 and target.shape == mask.shape[::-1] != mask.shape:
        mask = mask.t()
    labels, padded = target.reshape(-1), mask.reshape(-1)
    inside = labels[padded]
    label, others = int(inside[0]), labels[~padded]
    if label == event.ignore_index or bool((inside != label).any()) or not others.numel():
        return None
    if float((others == label).float().mean()) > _SHARED:
        return None
    if event.weight is not None and 0 <= label < event.weight.numel() and not float(event.weight[label]):
        return None
    return label


def _takes_last(node: Any, axis: int, steps: int) -> bool:
    """Tell whether a node selects the last step of a sequence."""
    if not node.name().startswith("SelectBackward"):
        return False
    index, dim = int(node._saved_index), int(node._saved_dim)
    index = index - (1 << 64) if index >= 1 << 63 else index
    dim = dim - (1 << 64) if dim >= 1 << 63 else dim
    return dim % 3 == axis and index % steps == steps - 1
