"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "the model gives {shape}, but a {name} task of {classes} classes needs logits of the shape (N, {outputs}{value}); give its last layer {outputs2} outputs",
        "模型给出 {shape}，但 {classes} 个类别的 {name} 任务需要形状为 (N, {outputs}{value}) 的 logits；请让最后一层有 {outputs2} 个输出",
    ),
    Text(
        "the model gives {shape}, but a binary task needs logits of the shape (N,), (N, 1) or (N, 2); write --task multiclass if there are more classes",
        "模型给出 {shape}，但二分类任务需要形状为 (N,)、(N, 1) 或 (N, 2) 的 logits；若有更多类别请写 --task multiclass",
    ),
    Text(
        'the model returns {what}, and no logits could be found in it: let its forward return them alone, or first in a tuple, or as {{"logits": …}}',
        '模型返回 {what}，其中找不到 logits：请让 forward 只返回它们，或放在元组首位，或写成 {{"logits": …}}',
    ),
    Text(
        "; a task of your own is known once its module has been imported and calls crossent.train.register_task",
        "；自定义的任务在其模块被导入并调用 crossent.train.register_task 之后才可用",
    ),
    Text(
        "there is a task {name} already; give {kind}.name another value.",
        "已有名为 {name} 的任务；请给 {kind}.name 另取一个值。",
    ),
    Text("auto or one of {names}{hint}", "auto 或 {names} 之一{hint}"),
    Text("one class", "一个类别"),
    Text("any number of labels", "任意多个标签"),
    Text("a class per pixel", "每个像素一个类别"),
)
