"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "the column {column} holds {kind}, and no numbers, dates or texts; leave it out (--data.drop), and of pictures make files, in a folder for each class",
        "列 {column} 的类型是 {kind}，不是数、日期或文本；请略去该列（--data.drop），若是图片请存为文件，每类一个文件夹",
    ),
    Text("a vocabulary of {size} and texts of {length} tokens", "词表大小为 {size}，文本长度为 {length} 个词元"),
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
    Text(
        "rows weigh what {name} says, {low} to {high}, in losses and figures; it is no input",
        "各行的权重取自 {name}（{low} 到 {high}），用于损失和指标；该列不作为输入",
    ),
    Text("the {part} part: all weights in {name} are 0", "{part} 部分：{name} 中的权重全是 0"),
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
    Text("another value in almost every row", "几乎每行取值都不同"),
    Text("counts the rows", "行号"),
    Text("another number in every row", "每行都是不同的数"),
    Text("{name} part: {line}", "{name} 部分：{line}"),
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
    Text("{source}: there are no labels: {where} is missing.", "{source}：没有标签：缺少 {where}。"),
    Text("the column {names}", "列 {names}"),
    Text(
        "{where}: all {rows} training rows are of the class {name}; a classifier needs at least two.",
        "{where}：全部 {rows} 个训练行都属于类别 {name}；分类至少需要两个类别。",
    ),
    Text("one of the columns {names}", "以下各列之一：{names}"),
    Text(
        "it is no image that can be read (damaged, or another kind of file)", "无法读取为图像（已损坏，或是别的文件）"
    ),
    Text("no name, and values in {present} of {column} rows", "没有名称，且 {column} 行中只有 {present} 行有值"),
    Text("for {name} what its values are (such as {present})", "与 {name} 的值（例如 {present}）相符的类型"),
    Text(", … ({names} in all)", "，……（共 {names} 个）"),
    Text(
        "a task for one label per row (several need data.delimiter or several columns in data.target)",
        "每行一个标签的任务（多个标签需要 data.delimiter 或在 data.target 中写多列）",
    ),
    Text("multilabel for labels in several columns", "用于多列标签的 multilabel"),
    Text("a task for {classes} classes", "适用于 {classes} 个类别的任务"),
    Text("a file with a line per class, for the labels {names}", "每个类别一行的文件，对应标签 {names}"),
    Text("nothing, since there are not two classes", "不填，因为不是两个类别"),
    Text(
        "{where}: the mask value {unknown} is none of the classes {names}.",
        "{where}：掩码值 {unknown} 不在类别 {names} 之中。",
    ),
    Text(
        "a DataLoader is taken as it is and cannot be split: give the validation data too, as {train}.",
        "DataLoader 会原样使用，不能再划分：请同时给出验证数据，写成 {train}。",
    ),
    Text("n-grams of {order} words", "最多 {order} 个词的 n-gram"),
    Text("the image cannot be read ({value})", "无法读取该图像（{value}）"),
    Text("there is no such file", "没有这个文件"),
    Text("nothing, since {what} have no columns", "不填，因为{what}没有列"),
    Text("data.time says which rows stay together", "data.time 决定哪些行在一起"),
    Text(
        "split by {time}, the last rows test; it is no input, since later times are never seen",
        "按 {time} 划分，最后的行用于测试；它不作为输入，因为以后的时间从未见过",
    ),
    Text(
        "the val part ({name}) has no labels{schema}; without it, one is split off.",
        "val 部分（{name}）没有标签{schema}；不给出它，就会从训练数据中划出一份。",
    ),
    Text(
        "samples have inputs of different shapes, {shape} and {other}: bring them to one, as with a transform that resizes",
        "各样本输入的形状不同，例如 {shape} 和 {other}：请统一，例如用缩放的 transform",
    ),
    Text("{where}: sample {lost} has no label ({found})", "{where}：样本 {lost} 没有标签（{found}）"),
    Text(
        "{where}: a sample has the keys {value}, and no input among them.",
        "{where}：样本的键有 {value}，其中没有输入。",
    ),
    Text(
        "an input of a sample must be a tensor, an array, a number or a picture, got {shown}; turn it into numbers in the dataset's __getitem__",
        "样本的输入应为张量、数组、数或图片，而给出的是 {shown}；请在数据集的 __getitem__ 中把它变成数",
    ),
    Text(
        "{classes} classes of inputs of the shape {input_shape} ({kind})",
        "{classes} 个类别，输入形状为 {input_shape}（{kind}）",
    ),
    Text("{kind} inputs without columns, texts, a tokenizer or a mean", "{kind} 输入缺少列、文本、分词器或均值"),
    Text(
        "a mean of {channels} channels for inputs of the shape {input_shape}",
        "{channels} 个通道的均值，而输入形状为 {input_shape}",
    ),
    Text("images whose white is {white}", "图像的白色值为 {white}"),
    Text("{name} is {value}, which it cannot be", "{name} 为 {value}，这不可能"),
    Text("column {name}: {quantiles} quantiles, {part}", "列 {name}：{quantiles} 个分位数，{part}"),
    Text(
        "{missing} of the values of {name} are missing, in the training it was {missing2}",
        "{name} 有 {missing} 的值缺失，而训练时为 {missing2}",
    ),
    Text(
        "the values of {name} are far from those of the training: {value} has a share of {now}, there {before}",
        "{name} 的值与训练时相差很大：{value} 占 {now}，训练时占 {before}",
    ),
    Text(
        "the values of {name} are far from those of the training: their median is {own}, there it was {quantiles}",
        "{name} 的值与训练时相差很大：中位数为 {own}，训练时为 {quantiles}",
    ),
    Text("what was rare or unknown", "少见或未见过的值"),
    Text(
        "{outside} values of {name} are far outside of those of the training (such as {own}, {ids}; there {low} to {high})",
        "{name} 有 {outside} 个值远在训练范围之外（如 {own}，{ids}；训练时为 {low} 到 {high}）",
    ),
    Text("a share that leaves some of the {count} rows", "能留下 {count} 行中一部分的比例"),
    Text("a column with times that are different enough to split by", "含有足够不同的时间、可用来划分的列"),
    Text("a column with at least three different values", "至少有三个不同值的列"),
    Text("a share of the {total} {what} that is at least one", "在 {total} 个{what}中至少占一个的比例"),
    Text("tokenizer.json cannot be read: {error}", "无法读取 tokenizer.json：{error}"),
    Text("{count} rows are gone ({names}){more}", "有 {count} 行不见了（{names}）{more}"),
    Text(" and {count} rows are new ({names})", "，另有 {count} 行是新的（{names}）"),
    Text("{count} rows are new ({names})", "有 {count} 行是新的（{names}）"),
    Text("{sentence}; likewise {names}", "{sentence}；{names} 也是如此"),
    Text(
        "it has a step of another kind than crossent makes ({part}: {kind})",
        "其中有一步不是 crossent 所生成的种类（{part}：{kind}）",
    ),
    Text("grey images of {size}", "{size} 的灰度图像"),
    Text("images of {size}, {channels} channels", "{size} 的图像，{channels} 个通道"),
    Text("a file that exists", "存在的文件"),
)
