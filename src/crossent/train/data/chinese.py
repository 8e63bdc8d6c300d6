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
    Text("files and folders left out: {names}", "未使用的文件和文件夹：{names}"),
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
    Text("no name, and values in {present} of {column} rows", "没有名称，且 {column} 行中只有 {present} 行有值"),
    Text("for {name} what its values are (such as {present})", "对 {name} 应与其值相符（例如 {present}）"),
    Text(", … ({names} in all)", "，……（共 {names} 个）"),
    Text(
        "a task for one label per row (several need data.delimiter or several columns in data.target)",
        "每行一个标签的任务（多个标签需要 data.delimiter 或在 data.target 中写多列）",
    ),
    Text("multilabel for labels in several columns", "multilabel，因为标签在多列中"),
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
    Text("segmentation for images with masks", "带掩码的图像应为 segmentation"),
    Text("{value} brings its own labels", "{value} 自带标签"),
    Text("{usual} for arrays of the shape {shape}", "形状为 {shape} 的数组应为 {usual}"),
    Text(
        "{name}: its inputs have the shape {shape}, those to train on {shape2}; all parts need the same.",
        "{name}：其输入的形状为 {shape}，而训练用的是 {shape2}；各部分必须相同。",
    ),
    Text("it has no label ({value})", "没有标签（{value}）"),
    Text("an array", "数组"),
    Text("rows of numbers and categories", "由数值和类别组成的行"),
    Text(
        "the {name} part holds {what}, the training part {what2}; all parts need the same kind.",
        "{name} 部分是{what}，而训练部分是{what2}；各部分必须同类。",
    ),
    Text("{ids}: {reason}; and no other row can be used either.", "{ids}：{reason}；其余各行也都无法使用。"),
    Text("{rows}, with texts", "{rows}，并带有文本"),
    Text(
        "{value}: these are {what}, but the training was on {kind}; give a source like the one that it was on.",
        "{value}：这些是{what}，而训练用的是{kind}；请给出与训练数据同类的数据。",
    ),
    Text("it has no label in the table", "表格中没有它的标签"),
    Text("image for a folder of images", "图像文件夹应为 image"),
    Text("images have one label each", "每张图像只有一个标签"),
    Text("images have their folders for labels", "图像以所在文件夹为标签"),
    Text(
        "{root}: images to train on stand in one folder per class, such as cats/ and dogs/.",
        "{root}：用于训练的图像应按类别各放一个文件夹，例如 cats/ 和 dogs/。",
    ),
    Text(
        "{name}: none of its folders ({own}) is one of the classes ({labels}).",
        "{name}：其中的文件夹（{own}）都不是已知的类别（{labels}）。",
    ),
    Text("it has no mask (a file of the same name in masks/)", "没有掩码（masks/ 中的同名文件）"),
    Text("images with masks", "带掩码的图像"),
    Text("masks are the labels", "掩码就是标签"),
    Text("mask of {name}", "{name} 的掩码"),
    Text("were they resized with smoothing, or saved as JPEG?", "是否在缩放时做了平滑，或存成了 JPEG？"),
    Text("its mask is no image that can be read", "其掩码不是可读取的图像"),
    Text(
        "{root}: all pixels of the masks have the same value, {value}; a model needs at least two classes to tell apart.",
        "{root}：掩码的全部像素都是同一个值 {value}；模型至少需要两个可区分的类别。",
    ),
    Text(
        "its mask has {rows}x{columns} pixels, the image {height}x{width}",
        "其掩码为 {rows}x{columns} 像素，而图像为 {height}x{width}",
    ),
    Text("the masks hold {classes} different values: {smooth}", "掩码中有 {classes} 个不同的值：{smooth}"),
    Text("{single} of {looked} training masks hold one class only", "{looked} 张训练掩码中有 {single} 张只含一个类别"),
    Text(
        "its mask is in colour: a mask holds a number per pixel (grey or palette PNG), one for each class",
        "其掩码是彩色的：掩码的每个像素应为一个数（灰度或调色板 PNG），每个类别一个",
    ),
    Text("its mask holds fractions: a mask holds a whole number per pixel", "其掩码含有小数：掩码的每个像素应为整数"),
    Text("rows of a sparse matrix", "稀疏矩阵的行"),
    Text("{name}: the sparse matrix holds NaN or infinite values", "{name}：稀疏矩阵中有 NaN 或无穷大"),
    Text(
        "there is no other (columns are divided by tabs, ;, |, commas, or blanks between numbers)",
        "没有别的列（列以制表符、;、|、逗号，或数字之间的空格分隔）",
    ),
    Text("multilabel where data.delimiter is set", "multilabel，因为设置了 data.delimiter"),
    Text("tabular or text for the rows of {name}", "对 {name} 的行应为 tabular 或 text"),
    Text("text, since no column of numbers or categories is left", "text，因为没有剩下数值列或类别列"),
    Text("multilabel for several target columns", "multilabel，因为有多个目标列"),
    Text("{where}: no row has a label in the column {target}.", "{where}：列 {target} 中没有一行有标签。"),
    Text("a column that is neither label nor text", "既不是标签也不是文本的列"),
    Text("a column that is not the target", "不是目标的列"),
    Text("a column with text", "含有文本的列"),
    Text("none that looks like it", "没有看起来像文本的列"),
    Text(
        "{ids}: several target columns hold 0 and 1 each (or nothing: unknown), but {name} is {text} here.",
        "{ids}：多个目标列各自应为 0 和 1（空表示未知），但此处 {name} 为 {text}。",
    ),
    Text("beside the text", "与文本并列"),
    Text("the one without a name", "没有名称的那一列"),
    Text("rows of a table", "表格的行"),
    Text(
        "{ids}: {text} in {column} is no time that rows can be split by",
        "{ids}：{column} 中的 {text} 不是可用来划分的时间",
    ),
    Text(
        "numbers, of which signs, units and commas between thousands are taken off",
        "数，去掉了货币符号、单位和千位逗号",
    ),
    Text("numbers with a decimal comma", "以逗号为小数点的数"),
    Text("{names}: read as {how}", "{names}：读作{how}"),
    Text("{names}: read as dates written {form}", "{names}：读作日期，格式为 {form}"),
    Text("{names}: read as dates", "{names}：读作日期"),
    Text("{empty} of {self} training rows have no text", "{self} 个训练行中有 {empty} 行没有文本"),
    Text(
        "{name}: there are {inputs} inputs and {y} labels; each input needs one.",
        "{name}：有 {inputs} 个输入和 {y} 个标签；每个输入需要一个标签。",
    ),
    Text(
        "{name}: there are no labels: a sample must be (input, label), or a dict with one of the keys {names} (data.target names another).",
        "{name}：没有标签：样本应为 (input, label)，或含有键 {names} 之一的字典（可用 data.target 指定别的键）。",
    ),
    Text("; class numbers should be int64", "；类别编号应为 int64"),
    Text(
        "{where}: the labels of a {task} task are 0 and 1, got {wrong}{hint}.",
        "{where}：{task} 任务的标签应为 0 和 1，而给出的是 {wrong}{hint}。",
    ),
    Text(
        "{where}: the labels of a {task} task are whole numbers, got {item}.",
        "{where}：{task} 任务的标签应为整数，而给出的是 {item}。",
    ),
    Text("there are none", "一个也没有"),
    Text(
        "{where}: class numbers count from 0 ({ignored}: does not count), {what}.",
        "{where}：类别编号从 0 开始（{ignored} 表示不计入），{what}。",
    ),
    Text(
        "{where}: all labels are {known}; a classifier needs at least two classes.",
        "{where}：所有标签都是 {known}；分类至少需要两个类别。",
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
    Text("{name} is unpacked to {target}", "{name} 解压到 {target}"),
    Text(
        "{name}: cannot be unpacked ({error}); unpack it, and name the folder",
        "{name}：无法解压（{error}）；请自行解压，并指定解压后的文件夹",
    ),
    Text(
        "{where}: expected rows of numbers, got {kind} of {dtype}.",
        "{where}：应为由数组成的行，而给出的是 {dtype} 的 {kind}。",
    ),
    Text(
        "{where}: pictures of different sizes, such as {h}x{w} and {g}x{v}: bring them to one, as with picture.resize(({w2}, {h2})), or give a folder of files",
        "{where}：图片大小不一，例如 {h}x{w} 和 {g}x{v}：请统一大小，例如 picture.resize(({w2}, {h2}))，或给出文件夹",
    ),
    Text(
        "{where}: labels of several columns are numbers 0 and 1, got {flat}.",
        "{where}：多列标签应为 0 和 1，而给出的是 {flat}。",
    ),
    Text(
        "{where}: rows are of different shapes, {sizes} and {other}: bring them to one, or give a torch Dataset",
        "{where}：各行形状不同，例如 {sizes} 和 {other}：请统一，或给出 torch 的 Dataset",
    ),
    Text("; write: pip install {packages}", "；请运行：pip install {packages}"),
    Text(
        "no password, since a run's folder keeps the source; $NAME stands for an environment variable",
        "不含密码的地址，因为训练文件夹会保存它；$NAME 代表环境变量",
    ),
    Text("no table", "没有表"),
    Text("a query, since {name} has {shown}", "查询语句，因为 {name} 中有 {shown}"),
    Text("a query that gives rows", "能返回行的查询"),
    Text(
        "two columns of the query are named {twice}; give each its own name, with AS",
        "查询有两列都叫 {twice}；请用 AS 分别命名",
    ),
    Text("{where}: no driver for it is installed ({error}){url}", "{where}：没有安装相应的驱动（{error}）{url}"),
    Text("a file, a folder, or the URL of a database", "文件、文件夹或数据库的 URL"),
    Text(
        "the environment variable {name}, which the URL names, is not set; write: export {name2}=…",
        "URL 中的环境变量 {name} 没有设置；请写：export {name2}=…",
    ),
    Text(
        "{name}: {kind} has no __len__: a dataset says how many samples it has.",
        "{name}：{kind} 没有 __len__：数据集应说明有多少样本。",
    ),
    Text("{name}: the loader gives no batches.", "{name}：该 loader 不产生任何批。"),
    Text(
        "{name}: expected rows of single values in the stream; load it without streaming=True.",
        "{name}：流中的每行应为单个值；请不带 streaming=True 读取。",
    ),
    Text(
        "{name}: a batch must be (input, label), or a dict with a label, got {kind}.",
        "{name}：一个批应为 (input, label)，或带标签的字典，而给出的是 {kind}。",
    ),
    Text("{name}: this is not a text file.", "{name}：这不是文本文件。"),
    Text("{name}: cannot be unpacked ({error})", "{name}：无法解压（{error}）"),
    Text("{paths} images beside the folders of the classes are left out", "类别文件夹之外的 {paths} 张图像未使用"),
    Text("{others} other files are left out: {names}{value}", "未使用另外 {others} 个文件：{names}{value}"),
    Text("folders without anything to read: {names}{value}", "没有可读内容的文件夹：{names}{value}"),
    Text("{images}: there are no images in it.", "{images}：其中没有图像。"),
    Text(" Name a file that has them, such as {rows}.", " 请直接指定含有行的文件，例如 {rows}。"),
    Text(
        "{root}: there is no file of rows in it, and no folder of images or of .txt files per class.{near}",
        "{root}：其中既没有表格文件，也没有按类别存放图像或 .txt 文件的文件夹。{near}",
    ),
    Text(
        "{chinese} and others are not UTF-8 and were read as GB18030 (GBK)",
        "{chinese} 等文件不是 UTF-8，已按 GB18030（GBK）读取",
    ),
    Text(
        "{where}: expected a value per row, got {values} alone; write [{values2}]",
        "{where}：每行应有一个值，而给出的只有 {values}；请写 [{values2}]",
    ),
    Text(
        "{where} is of the shape {shape}: a column has one value per row; give the array as (X, y).",
        "{where} 的形状为 {shape}：一列每行只有一个值；请以 (X, y) 给出数组。",
    ),
    Text(
        "{where} holds {kind}: expected a number, a date or a text per row; take its parts as columns",
        "{where} 中是 {kind}：每行应为一个数、日期或文本；请把其各部分作为列",
    ),
    Text(
        "{where}: column {arrays} has {arrays2} values and {name} {values}; all need as many.",
        "{where}：列 {arrays} 有 {arrays2} 个值，而 {name} 有 {values} 个；各列必须一样多。",
    ),
    Text(": the file is empty; the first line should name the columns.", "：文件为空；第一行应为列名。"),
    Text("{where}:{number}: left out above the names: {values}", "{where}:{number}：列名之上的内容未使用：{values}"),
    Text("; --data.header first takes the first line for names", "；可用 --data.header first 把第一行当作列名"),
    Text(
        "{where} has no line of names: its columns are called column1 to column{names}{meant}",
        "{where} 没有列名行：各列称为 column1 到 column{names}{meant}",
    ),
    Text(
        "{where}: the rows have a value more than there are names: the first is the row's own name",
        "{where}：各行比列名多一个值：第一个是该行自己的名称",
    ),
    Text(
        "{where}: an ARFF file without @data, or without an @attribute in its first {count} lines",
        "{where}：ARFF 文件中没有 @data，或前 {count} 行中没有 @attribute",
    ),
    Text(
        "{where}:{line}: two columns are named {twice}; give each its own name",
        "{where}:{line}：有两列都叫 {twice}；请分别命名",
    ),
    Text("{where}: read as ARFF, with the names of its attributes", "{where}：按 ARFF 读取，列名取自其属性"),
    Text("it repeats the names of the columns", "它重复了列名"),
    Text("truth value", "真假值"),
    Text(
        'expected an object such as {{"text": …, "label": …}}, got a {row}',
        '应为形如 {{"text": …, "label": …}} 的对象，而给出的是{row}',
    ),
    Text("{name}:{lineno}: this is not JSON ({msg})", "{name}:{lineno}：这不是 JSON（{msg}）"),
    Text("this is not JSON ({msg}, column {colno})", "这不是 JSON（{msg}，第 {colno} 列）"),
    Text("a JSON list", "JSON 列表"),
    Text(
        "{without} images of {name} are left out: {name2} has no row for them",
        "{name} 的 {without} 张图像未使用：{name2} 中没有它们的行",
    ),
    Text(
        "{name}: images have one column of labels, got {names}.", "{name}：图像的标签只能是一列，而给出的是 {names}。"
    ),
    Text(
        "columns left out: {names} (beside the images that {column} names)",
        "未使用的列：{names}（{column} 指定了图像）",
    ),
    Text(
        "{name}: {value} may be {shown}; write the folder before the name",
        "{name}：{value} 可能是 {shown}；请在名称前写上文件夹",
    ),
    Text(
        "{root}: {name} is the {part} part, and no name says what is to train on; write for example crossent fit {beside} --data.{part2} {path}",
        "{root}：{name} 是 {part} 部分，而没有哪个名称表明用什么训练；例如写 crossent fit {beside} --data.{part2} {path}",
    ),
    Text(
        "{root}: both {name} and {name2} are the {part} part; remove one, or name the files of the parts, such as {chosen} (and --data.test …).",
        "{root}：{name} 和 {name2} 都是 {part} 部分；请移走一个，或直接指定各部分的文件，例如 {chosen}（以及 --data.test …）。",
    ),
    Text(
        "{root}: {name} and {name2} hold folders of the same names ({names}): parts, or classes? For parts write crossent fit {one} --data.test {other}; for classes take the images out of their inner folders.",
        "{root}：{name} 和 {name2} 中有同名的文件夹（{names}）：是各部分，还是类别？若是各部分，请写 crossent fit {one} --data.test {other}；若是类别，请把图像移出内层文件夹。",
    ),
    Text(
        "{name}: expected arrays named x and y (or x_train, y_train, x_test, y_test), got {shown}.",
        "{name}：应有名为 x 和 y 的数组（或 x_train、y_train、x_test、y_test），而其中是 {shown}。",
    ),
    Text(
        "{name}: cannot be read as an .npz file of plain arrays ({reason})",
        "{name}：无法作为只含普通数组的 .npz 文件读取（{reason}）",
    ),
    Text("{source} is no database", "{source} 不是数据库"),
    Text(
        "{name}: expected a file ending in {shown}, .txt, .sqlite, .zip or .npz, or a folder; save it as one of these.",
        "{name}：应为以 {shown}、.txt、.sqlite、.zip 或 .npz 结尾的文件，或文件夹；请另存为其中一种。",
    ),
    Text("; of four arrays write {train}", "；四个数组请写成 {train}"),
    Text(
        "{where}: row {row} of X has the index {mine}, its label {other}: are they of one row? Write y.loc[X.index] to bring them together, or y.to_numpy() if they are in order",
        "{where}：X 的第 {row} 行索引为 {mine}，而其标签的索引为 {other}：是同一行吗？请写 y.loc[X.index] 使两者对齐；若顺序本就一致，请写 y.to_numpy()",
    ),
    Text(
        "no part is to train on among {names}; name one 'train', or give one of them alone.",
        "{names} 中没有用于训练的部分；请将一个命名为 'train'，或只给出其中一个。",
    ),
    Text(
        "{name}: there are no labels: expected (X, y), got (X, None).",
        "{name}：没有标签：应为 (X, y)，而给出的是 (X, None)。",
    ),
    Text("{where}: the labels", "{where}：标签"),
    Text("two parts are the {part} part: {names}; give it once.", "有两个 {part} 部分：{names}；只能给出一个。"),
    Text("{name}: quotation marks are read as characters like others", "{name}：引号按普通字符读取"),
    Text("{name}: cannot be read as a {suffix} file ({reason})", "{name}：无法作为 {suffix} 文件读取（{reason}）"),
    Text(
        "the model reads the columns {names}: give a dict or a table with them.",
        "模型读取列 {names}：请给出含有这些列的字典或表格。",
    ),
    Text(
        "expected rows of {names} values ({names2}{value}), got one of {row}; give a table with these columns.",
        "每行应有 {names} 个值（{names2}{value}），却有一行有 {row} 个；请给出含有这些列的表格。",
    ),
    Text(
        "{name}: cannot be read as an .xlsx file ({error}); save it as .xlsx or .csv",
        "{name}：无法作为 .xlsx 文件读取（{error}）；请另存为 .xlsx 或 .csv",
    ),
    Text(
        "{name}: the sheet {title} is read, and not {others}; save these as files",
        "{name}：读取工作表 {title}，未读 {others}；需要时请另存为文件",
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
)
