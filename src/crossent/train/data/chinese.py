"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text
from .sources.chinese import TEXTS as SOURCES

TEXTS = (
    *SOURCES,
    Text(
        "{place}: {what} of more than {size} MiB can be no text; was the file packed or written wrongly? A JSON list of that size is read as JSON lines (.jsonl), an object per line",
        "{place}：{what}超过 {size} MiB，不可能是文本；文件是否打包或写错了？这么大的 JSON 列表请改用 JSON lines（.jsonl），每行一个对象",
    ),
    Text(
        "{file}: it unpacks to more than the {size} GiB that the disk has left",
        "{file}：解压后大于磁盘剩余的 {size} GiB",
    ),
    Text(
        "{source}: {what}, {classes} classes, {total} rows: {train} to train, {val} to validate, {test} to test",
        "{source}：{what}，{classes} 个类别，共 {total} 行：训练 {train}，验证 {val}，测试 {test}",
    ),
    Text("predicts {names} ({why})", "预测 {names}（{why}）"),
    Text("the last column; --target names another", "最后一列；可用 --target 指定别的列"),
    Text("for its name{beside}", "因其名称{beside}"),
    Text("; --target names another, such as the last, {last}", "；可用 --target 指定别的列，如最后一列 {last}"),
    Text(
        "the first column, since the last, {last}, has no classes; --target names another",
        "第一列，因为最后一列 {last} 不是类别；可用 --target 指定别的列",
    ),
    Text("the labels that were given", "另行给出的标签"),
    Text(
        "rows weigh what {name} says, {low} to {high}, in losses and figures; it is no input",
        "各行的权重取自 {name}（{low} 到 {high}），用于损失和指标；该列不作为输入",
    ),
    Text("the {part} part: all weights in {name} are 0", "{part} 部分：{name} 中的权重全是 0"),
    Text(
        "{row}: {text} in {name} is no weight, a number of at least 0",
        "{row}：{name} 中的 {text} 不是权重（不小于 0 的数）",
    ),
    Text("… {count} classes more …", "…… 另有 {count} 个类别 ……"),
    Text("class", "类别"),
    Text("share", "占比"),
    Text("weight", "权重"),
    Text("train", "训练"),
    Text("val", "验证"),
    Text("test", "测试"),
    Text("positives", "正例"),
    Text("pixels", "像素"),
    Text("pos_weight", "正例权重"),
    Text("{count} numeric columns", "{count} 个数值列"),
    Text("{count} categorical columns", "{count} 个类别列"),
    Text("{numbers} numeric and {categories} categorical columns", "{numbers} 个数值列和 {categories} 个类别列"),
    Text("{columns}, and {text}", "{columns}，以及{text}"),
    Text(
        "text in {where}: {vocabulary} {tokenizer}, up to {length} of them per text",
        "{where} 中的文本：{vocabulary} 个词元（{tokenizer}），每条最多读 {length} 个",
    ),
    Text("inputs of the shape {shape}", "形状为 {shape} 的输入"),
    Text("images of {height}x{width}, {channels}", "{height}x{width} 的图像，{channels}"),
    Text("signals of {channels} channels, {steps} steps", "{channels} 个通道、{steps} 步的信号"),
    Text("column {name}", "列 {name}"),
    Text("columns {names}", "列 {names}"),
    Text(
        "{rows} of {total} {part} rows also stand in the training part (such as {one} = {other}){more}",
        "{part} 部分的 {total} 行中有 {rows} 行也在训练部分（如 {one} = {other}）{more}",
    ),
    Text(": a leak, the {part} will look too good", "：这是泄漏，{part} 的结果会偏好"),
    Text("; chance would give {count}", "；随机情况下约为 {count} 行"),
    Text("; {count} of them with another label", "；其中 {count} 行的标签不同"),
    Text("{rows} rows were skipped, the first {id}: {reason}", "跳过了 {rows} 行，第一行为 {id}：{reason}"),
    Text(
        "not in the training part, so that it cannot be learnt: {names}", "训练部分中没有、因而无法学到的类别：{names}"
    ),
    Text("without any {what}: {names}", "没有任何 {what} 的类别：{names}"),
    Text(
        "'-1' is a class like others: if it stands for a missing label, as in codes of pandas, empty it",
        "'-1' 被当作普通类别：若它像 pandas 的编码那样表示缺失，请将其置空",
    ),
    Text("fewer than {least} training rows: {names}", "训练行少于 {least} 的类别：{names}"),
    Text(
        "the largest class has {ratio} times the rows of the smallest: try --loss.weight balanced",
        "最大类别的行数是最小类别的 {ratio} 倍：可试 --loss.weight balanced",
    ),
    Text(
        "{count} of {rows} training rows repeat the input of another one{together}",
        "{rows} 个训练行中有 {count} 行与另一行输入相同{together}",
    ),
    Text(" (copies stay in one part)", "（相同的行留在同一部分）"),
    Text("no training row has a value in {names}", "以下列在训练行中全为空：{names}"),
    Text("the same value in every training row: {names}", "在所有训练行中取值都相同：{names}"),
    Text(
        "values far from all others, read through a logarithm of both signs: {names}",
        "含远离其他值的极端值，按双向对数读取：{names}",
    ),
    Text(
        "{count} of {rows} training rows have no value in {name}{more}: filled with the median, {fill}; that it is missing is an input too",
        "{rows} 个训练行中有 {count} 行的 {name} 为空{more}：以中位数 {fill} 填补；是否缺失也作为输入",
    ),
    Text(" (and in {count} more columns)", "（另有 {count} 列也有空值）"),
    Text(
        "the test part has no labels: there will be no test figures, but predictions for its {rows} rows in {file}",
        "测试部分没有标签：不会有测试指标，其 {rows} 行的预测写入 {file}",
    ),
    Text("columns left out: {names}", "未使用的列：{names}"),
    Text("another value in almost every row", "几乎每行取值都不同"),
    Text("counts the rows", "行号"),
    Text("another number in every row", "每行都是不同的数"),
    Text("files and folders left out: {names}{more}", "未使用的文件和文件夹：{names}{more}"),
    Text("taken by their names: {names}", "按名称识别：{names}"),
    Text("parts left out: {names}", "未使用的部分：{names}"),
    Text("read from {folder}", "读自 {folder}"),
    Text("{file} is not UTF-8 and was read as GB18030 (GBK)", "{file} 不是 UTF-8，已按 GB18030（GBK）读取"),
    Text(
        "{rows} values of {name} are {what} (such as {value}, {id})", "{name} 有 {rows} 个值{what}（如 {value}，{id}）"
    ),
    Text("no numbers and count as missing", "不是数，按缺失处理"),
    Text("infinite and count as missing", "是无穷大，按缺失处理"),
    Text("not known, or too rare to be learnt", "未见过，或因太少见而未学习"),
    Text(
        "{unknown} of {total} words are not known, or too rare to be learnt{alone}",
        "{total} 个词中有 {unknown} 个未见过，或因太少见而未学习{alone}",
    ),
    Text("; {count} texts have no other", "；其中 {count} 条文本没有别的词"),
    Text("{name} part: {line}", "{name} 部分：{line}"),
    Text(
        "images {what} are resized to {height}x{width} (--data.image_size changes that)",
        "{what}的图像被缩放为 {height}x{width}（可用 --data.image_size 更改）",
    ),
    Text("of {count} sizes", "有 {count} 种尺寸"),
    Text("masks of 0 and 255 are read as the classes 0 and 1", "取值为 0 和 255 的掩码按类别 0 和 1 读取"),
    Text(
        "mask pixels of {value} do not count (--data.ignore_index)",
        "值为 {value} 的掩码像素不计入（--data.ignore_index）",
    ),
    Text(
        "arrays of {first}x{second} are read as grey images; of signals, (N, channels, steps), write --data.kind signal",
        "{first}x{second} 的数组按灰度图像读取；若是信号 (N, 通道, 步)，请写 --data.kind signal",
    ),
    Text(
        "arrays of {first}x{second} are read as signals of {first} channels and {second} steps{late}; of grey images write --data.kind image",
        "{first}x{second} 的数组按 {first} 个通道、{second} 步的信号读取{late}；若是灰度图像，请写 --data.kind image",
    ),
    Text(
        "; channels come before steps: x.transpose(0, 2, 1) if they do not",
        "；通道应在步之前：若不是，请用 x.transpose(0, 2, 1)",
    ),
    Text(
        "no test data were given: the last figures are of the validation data, which chose the weights",
        "没有给出测试数据：最后的指标来自用于选择权重的验证数据",
    ),
    Text(
        "{subject} too few rows to be shared out: all of them are in the training part",
        "{subject}行数太少，无法划分：全部放入训练部分",
    ),
    Text("1 class has", "1 个类别"),
    Text("{count} classes have", "{count} 个类别"),
    Text("{where}: no row has a label.", "{where}：没有一行有标签。"),
    Text(
        "{where}: all rows with a label have the same one, {label} ({missing} counts as missing); a classifier needs at least two classes.",
        "{where}：有标签的行都是 {label}（{missing} 算作缺失）；分类至少需要两个类别。",
    ),
    Text(
        "{where}: all {rows} rows have the same label, {label}; a classifier needs at least two classes.",
        "{where}：全部 {rows} 行的标签都是 {label}；分类至少需要两个类别。",
    ),
    Text(
        "{where}: {count} different labels in {rows} rows (such as {some}) are no classes. Is it the right column? Numbers to be predicted as numbers are not for a classifier.",
        "{where}：{rows} 行中有 {count} 个不同的标签（如 {some}），不像类别。列选对了吗？要按数值预测的数不适合分类器。",
    ),
    Text(
        "{where}: {count} different whole numbers, from {low} to {high}: a quantity, or classes? If each of them is a class, {say}.",
        "{where}：{count} 个不同的整数，从 {low} 到 {high}：是数量，还是类别？若每个都是一个类别，{say}。",
    ),
    Text("write --data.task multiclass", "请写 --data.task multiclass"),
    Text(
        "{where}: the labels {one} and {other} differ in case or blanks alone. Write them alike; or if they are two classes, {say}.",
        "{where}：标签 {one} 与 {other} 只在大小写或空格上不同。请统一写法；若确为两个类别，{say}。",
    ),
    Text("{where}: the label {label} is none of the classes {known}.", "{where}：标签 {label} 不在类别 {known} 之中。"),
    Text(
        "{where}: the columns of several labels hold 0 and 1 (or nothing: unknown), got {value}.",
        "{where}：多标签的各列应为 0 和 1（空表示未知），却有 {value}。",
    ),
    Text(
        "{source}: expected a finite sample_weight of at least 0 for each of the {rows} rows.",
        "{source}：{rows} 行中的每一行都应有一个不小于 0 的有限 sample_weight。",
    ),
    Text("{source}: there are no labels: {where} is missing.", "{source}：没有标签：缺少 {where}。"),
    Text("the column {names}", "列 {names}"),
    Text(
        "{where}: all {rows} training rows are of the class {name}; a classifier needs at least two.",
        "{where}：全部 {rows} 个训练行都属于类别 {name}；分类至少需要两个类别。",
    ),
    Text(
        "{name}: there are {inputs} inputs and {labels} labels; each input needs one label.",
        "{name}：有 {inputs} 个输入和 {labels} 个标签；每个输入需要一个标签。",
    ),
    Text("{name}: there are no rows in it.", "{name}：其中没有任何行。"),
    Text("{name}: the file is empty.", "{name}：文件为空。"),
    Text(
        "{name}: expected inputs of the shape {shape}, got {got}.", "{name}：输入的形状应为 {shape}，而给出的是 {got}。"
    ),
    Text(
        "{name}: there is no column {column}, which the model reads{hint} (the columns are {columns})",
        "{name}：没有模型要读的列 {column}{hint}（现有的列为 {columns}）",
    ),
    Text("; rename {name}?", "；是否应重命名 {name}？"),
    Text(
        "{name}: no column is left to learn from beside {target}: {reasons}.",
        "{name}：除 {target} 外没有可供学习的列：{reasons}。",
    ),
    Text(
        "{name}: no column is left to learn from beside {target}: {reasons}.",
        "{name}：除 {target} 外没有可供学习的列：{reasons}。",
    ),
    Text("one of the columns {names}", "以下各列之一：{names}"),
    Text(
        "{first}{end}correct it, or leave such rows out with --data.on_bad_row skip",
        "{first}{end}请更正，或用 --data.on_bad_row skip 跳过这样的行",
    ),
    Text("… and {count} rows more", "…… 另有 {count} 行"),
    Text("its text is empty", "文本为空"),
    Text("it has no label (column {name} is empty)", "没有标签（列 {name} 为空）"),
    Text(
        "it has no label ({value} counts as missing; a class of this name needs another)",
        "没有标签（{value} 视为缺失；若是类别，请换个名称）",
    ),
    Text("its input has NaN or infinite values", "输入中有 NaN 或无穷大"),
    Text(
        "expected {expected} columns as {what}, got {got} ({values})",
        "应如{what}有 {expected} 列，而此行有 {got} 列（{values}）",
    ),
    Text("in the header", "表头"),
    Text("in the first line", "第一行"),
    Text('a quotation mark (") is opened here and never closed', '此处的引号 (") 没有闭合'),
    Text(
        'text follows a closing quotation mark ("); inside a quoted value write "" for one',
        '引号 (") 闭合后还有文字；引号内的引号请写成 ""',
    ),
    Text(
        "it is no image that can be read (damaged, or another kind of file)", "无法读取为图像（已损坏，或是别的文件）"
    ),
    Text(
        "{file}:{line}: this is neither UTF-8 nor GB18030; say how the file is written, for example --data.encoding cp1252 (Western Europe) or --data.encoding big5",
        "{file}:{line}：既不是 UTF-8 也不是 GB18030；请说明文件的编码，例如 --data.encoding cp1252（西欧）或 --data.encoding big5",
    ),
    Text(
        "{file}:{line}: this is not {encoding}; write for example --data.encoding auto",
        "{file}:{line}：这不是 {encoding}；例如写 --data.encoding auto",
    ),
    Text("{place}: two columns are named {name}; give each its own name", "{place}：有两列都叫 {name}；请分别命名"),
    Text(
        "{root}: there is no file of rows in it, and no folder of images or of .txt files per class.",
        "{root}：其中既没有表格文件，也没有按类别存放图像或 .txt 文件的文件夹。",
    ),
    Text(
        "{root}: which of {names} is to train on? Name one, such as {one} (and --data.test {other}), or name them train, val and test.",
        "{root}：{names} 中用哪一个训练？请指定一个，如 {one}（以及 --data.test {other}），或将它们命名为 train、val 和 test。",
    ),
    Text("a file or folder that exists", "存在的文件或文件夹"),
    Text("a file or folder that exists, or one of {names}", "存在的文件或文件夹，或 {names} 之一"),
    Text("{expected}, got {got}{hint}.", "{expected}，而给出的是 {got}{hint}。"),
    Text(
        "expected (X, y), a table, a list of rows as dicts, a torch dataset or DataLoader, or a dict of these by part",
        "应为 (X, y)、表格、字典列表、torch 的 Dataset 或 DataLoader，或按部分给出这些的字典",
    ),
    Text("an SQLite database that exists", "存在的 SQLite 数据库"),
    Text("data on this computer; fetch them with: {command}", "本机上的数据；请先下载：{command}"),
)
