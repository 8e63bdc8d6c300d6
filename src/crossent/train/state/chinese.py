"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "{file} says that its data are in {source}, which would be connected to. If you know it, write --trust-code, or name the data: {again}",
        "{file} 称其数据在 {source}，这将会建立连接。如果您知道它，请写 --trust-code，或直接指明数据：{again}",
    ),
    Text("{path} is missing", "缺少 {path}"),
    Text("{path} is missing; {kept}", "缺少 {path}；{kept}"),
    Text("{path} cannot be read: {reason}", "无法读取 {path}：{reason}"),
    Text(
        "{path} is not as the run has written it: it was changed, cut short or damaged; {kept}",
        "{path} 与写入时不同：它被改动、截断或损坏；{kept}",
    ),
    Text("put a whole copy of the run's folder in its place, or train again", "请换上完整的训练文件夹副本，或重新训练"),
    Text(
        "another process is training in {folder}{holder}. Wait for its end, or end it: two would mix their files",
        "另一个进程正在 {folder} 中训练{holder}。请等它结束或将其停止：两者的文件会混在一起",
    ),
    Text("the folder of a run, with {name} in it", "含有 {name} 的训练文件夹"),
    Text(
        "what the run was started with ({value}): only {names} may change",
        "训练开始时的值（{value}）：只有 {names} 可以更改",
    ),
    Text(
        'the run in {folder} was started from Python, and its model and data must be given again: crossent.train.fit(model, data, resume="{folder}")',
        '{folder} 中的训练是从 Python 开始的，必须再次给出模型和数据：crossent.train.fit(model, data, resume="{folder}")',
    ),
    Text(
        "the data are not those that the run in {folder} was started with: {change}. Name the same data (--data.source), or start a new run",
        "数据不是 {folder} 中的训练开始时的数据：{change}。请指定相同的数据（--data.source），或开始新的训练",
    ),
)
