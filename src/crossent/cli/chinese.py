"""The texts of this room in Chinese."""

from __future__ import annotations

from ..wording import Text

TEXTS = (
    Text("there is not enough memory ({reason})", "内存不足（{reason}）"),
    Text("crossent {command}: error: {reason}", "crossent {command}：错误：{reason}"),
    Text("{name} takes no value; write {name} alone", "{name} 不带值；只写 {name}"),
    Text("{name} needs a value; write for example {name} {example}", "{name} 需要一个值；例如写 {name} {example}"),
    Text("{name}: {reason}; write for example {start}{example}", "{name}：{reason}；例如写 {start}{example}"),
    Text("expected one of {choices}, got {got}", "应为 {choices} 之一，而给出的是 {got}"),
    Text("expected a whole number of at least 1, got {got}", "应为不小于 1 的整数，而给出的是 {got}"),
    Text("expected a file, got the folder {got}", "应为文件，而给出的 {got} 是文件夹"),
    Text(
        "expected tuned, or a number above 0 and below 1, got {got}",
        "应为 tuned，或大于 0 且小于 1 的数，而给出的是 {got}",
    ),
    Text("there is no folder {folder}", "没有文件夹 {folder}"),
    Text("cannot write {file}: {reason}", "无法写入 {file}：{reason}"),
    Text(
        "there is no {kind} {name}; {hint}{program} --help lists all {kind}s",
        "没有 {kind} {name}；{hint}{program} --help 列出全部选项",
    ),
    Text("in {file}: there is no setting {name}; {hint}{listed}", "{file} 中：没有名为 {name} 的设置；{hint}{listed}"),
    Text("did you mean {name}? ", "是否想写 {name}？ "),
    Text("crossent fit --help lists all settings", "crossent fit --help 列出全部设置"),
    Text("one argument too many: {word}\n{usage}", "多出一个参数：{word}\n{usage}"),
    Text(
        "--split is for the data of the run; leave it out where SOURCE is given",
        "--split 只用于训练该模型的数据；给出 SOURCE 时请省略它",
    ),
    Text("--config: {file} cannot be read ({reason})", "--config：无法读取 {file}（{reason}）"),
    Text("--config: {file} cannot be read: {reason}", "--config：无法读取 {file}：{reason}"),
    Text(
        '{missing} not installed; write: pip install "crossent[{extra}]"',
        '没有安装 {missing}；请运行：pip install "crossent[{extra}]"',
    ),
    Text(
        "a comparison needs two runs, got {run}; write crossent compare RUN RUN",
        "比较需要两个训练结果，而只给出了 {run}；请写 crossent compare RUN RUN",
    ),
    Text("Written to {path}", "已写入 {path}"),
    Text("{rows} rows predicted, written to {file}", "已预测 {rows} 行，写入 {file}"),
    Text(
        "{file} ({size} MiB): any batch size; on real samples its logits differ by at most {difference} from the model's",
        "{file}（{size} MiB）：批大小任意；在真实样本上，其 logits 与模型相差最多 {difference}",
    ),
    Text("\nFiles in {folder}: {names}", "\n{folder} 中的文件：{names}"),
)
