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
    Text(
        "the name of a model, hf:NAME_OR_FOLDER, timm:NAME_OR_FOLDER or package.module:Class",
        "模型的名称、hf:名称或文件夹、timm:名称或文件夹，或 package.module:Class",
    ),
    Text("val_loss or val_ and a metric of the task", "val_loss，或 val_ 加该任务的指标"),
    Text("nothing, since {why}", "不填，因为 {why}"),
    Text("a query in SQL", "SQL 查询"),
    Text("auto or the name of a task", "auto 或任务的名称"),
    Text(
        "column=type with commas between them, of the types number, date, category, text",
        "以逗号分隔的 列=类型，类型为 number、date、category、text",
    ),
    Text("a whole number of at least 0", "不小于 0 的整数"),
    Text("a whole number of at least 1", "不小于 1 的整数"),
    Text("one or more of {names}", "以下一项或多项：{names}"),
    Text("arguments by name", "以名称给出的参数"),
    Text(
        "balanced, inverse, effective, or numbers of at least 0, one per class",
        "每个类别一个不小于 0 的数，或 balanced、inverse、effective 之一",
    ),
    Text("balanced, a number above 0, or one number per class", "一个大于 0 的数，每个类别一个数，或 balanced"),
    Text("a number above 0, for nesterov", "使用 nesterov 时大于 0 的数"),
    Text(
        "expected a time and its unit, such as 90s, 10m or 1h30m, got {text}",
        "应为时间及其单位，例如 90s、10m 或 1h30m，而给出的是 {text}",
    ),
    Text(
        "expected a whole number and its unit, such as 1000steps or 10epochs, got {text}",
        "应为整数及其单位，例如 1000steps 或 10epochs，而给出的是 {text}",
    ),
    Text("one of {names}", "以下之一：{names}"),
    Text("it has more than {most} bytes; settings are a few lines", "超过 {most} 字节；设置只需几行"),
    Text("it must hold settings, a line each; write for example lr: 0.001", "其中应为设置，每行一个；例如写 lr: 0.001"),
    Text("it is not YAML: {names}", "不是 YAML：{names}"),
    Text(
        "line {line} refers to another value with *; write the value itself",
        "第 {line} 行用 * 引用了另一个值；请直接写出该值",
    ),
    Text("the path of a file", "文件的路径"),
)
