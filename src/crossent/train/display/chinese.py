"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "a logger that is installed; for {name} write: pip install {name2}",
        "已安装的记录器；使用 {name} 请运行：pip install {name2}",
    ),
    Text(
        "The logger {name} has failed ({kind}: {reason}) and gets no more; the run goes on. All figures are in history.csv",
        "记录器 {name} 出错（{kind}：{reason}），不再写入；训练继续。所有指标都在 history.csv 中",
    ),
)
