"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text("expected {expected}, got {got}", "应为{expected}，而给出的是 {got}"),
    Text("{name}: {reason}; write for example {name}={example}", "{name}：{reason}；例如写 {name}={example}"),
    Text("there is no setting {name}{hint}", "没有名为 {name} 的设置{hint}"),
    Text("; did you mean {name}?", "；是否想写 {name}？"),
    Text("a whole number of at least {low}", "不小于 {low} 的整数"),
    Text("a whole number of at least {low}, or nothing", "不小于 {low} 的整数，或不填"),
    Text("a whole number of at least {low} and its unit ({units})", "不小于 {low} 的整数及其单位（{units}）"),
    Text("a whole number from 0 to 4294967295", "0 到 4294967295 之间的整数"),
    Text("a whole number", "整数"),
    Text("a time and its unit, such as 90s, 10m or 1h30m", "时间及其单位，例如 90s、10m 或 1h30m"),
    Text("a part and how many there are, such as 2/5", "第几份及总份数，例如 2/5"),
    Text("a whole number of at least 2", "不小于 2 的整数"),
    Text(
        "at most {most}, so that the rows of a class, or its groups, are enough for every part",
        "不超过 {most}，使每一份都能分到各类别的行（或分组）",
    ),
    Text("the data bring a test part of their own", "数据自带测试部分"),
    Text("data.time says which rows test", "data.time 决定哪些行用于测试"),
    Text("1 beside folds, whose models are trained one after the other", "1；使用 folds 时各模型依次训练"),
    Text("nothing here: cross_val_score trains one model per fold", "此处不填：cross_val_score 会为每一折训练一个模型"),
    Text("true or false", "true 或 false"),
    Text("a number of at least {low}", "不小于 {low} 的数"),
    Text("a number of at least 0", "不小于 0 的数"),
    Text("a number above 0", "大于 0 的数"),
    Text("a number above 0, or auto", "大于 0 的数，或 auto"),
    Text("a number above 0 and below 1", "大于 0 且小于 1 的数"),
    Text("a number of at least 0 and below 1", "不小于 0 且小于 1 的数"),
    Text("two numbers of at least 0 and below 1", "两个不小于 0 且小于 1 的数"),
    Text(
        "a number that leaves rows to train on beside data.test_fraction={share}",
        "在 data.test_fraction={share} 之外仍留有训练行的数",
    ),
    Text("the path of a folder", "文件夹的路径"),
    Text("a name for a new folder, without / or \\", "新文件夹的名称，不含 / 或 \\"),
    Text("a path or the name of a data set", "路径或数据集的名称"),
    Text("the name of a column", "列名"),
    Text("names of columns with commas between them", "以逗号分隔的列名"),
    Text("the name of a class", "类别的名称"),
    Text("the characters between two labels", "两个标签之间的字符"),
    Text("the name of an encoding", "编码的名称"),
    Text("the name of a model or package.module:Class", "模型的名称，或 package.module:Class"),
    Text("val_loss or val_ and a metric of the task", "val_loss，或 val_ 加该任务的指标"),
    Text("1 without the folder of a run, which processes share", "1；没有多个进程共用的训练结果文件夹时只能如此"),
    Text("nothing, since {why}", "不填，因为 {why}"),
)
