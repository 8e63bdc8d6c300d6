"""The texts of this room in Chinese."""

from __future__ import annotations

from ....wording import Text

TEXTS = (
    Text("the labels that were given", "另行给出的标签"),
    Text(
        "{row}: {text} in {name} is no weight, a number of at least 0",
        "{row}：{name} 中的 {text} 不是权重（不小于 0 的数）",
    ),
    Text("columns left out: {names}", "未使用的列：{names}"),
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
        "{name}: there are {inputs} inputs and {labels} labels; each input needs one label.",
        "{name}：有 {inputs} 个输入和 {labels} 个标签；每个输入需要一个标签。",
    ),
    Text("{name}: there are no rows in it.", "{name}：其中没有任何行。"),
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
    Text("… and {count} rows more", "…… 另有 {count} 行"),
    Text("its text is empty", "文本为空"),
    Text("it has no label (column {name} is empty)", "没有标签（列 {name} 为空）"),
    Text("its input has NaN or infinite values", "输入中有 NaN 或无穷大"),
    Text("segmentation for images with masks", "用于带掩码图像的 segmentation"),
    Text("{value} brings its own labels", "{value} 自带标签"),
    Text("{usual} for arrays of the shape {shape}", "适用于形状为 {shape} 的数组的 {usual}"),
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
    Text("image for a folder of images", "适用于图像文件夹的 image"),
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
    Text("its mask holds fractions: a mask holds a whole number per pixel", "其掩码含有小数：掩码的每个像素应为整数"),
    Text("rows of a sparse matrix", "稀疏矩阵的行"),
    Text("{name}: the sparse matrix holds NaN or infinite values", "{name}：稀疏矩阵中有 NaN 或无穷大"),
    Text(
        "there is no other (columns are divided by tabs, ;, |, commas, or blanks between numbers)",
        "没有别的列（列以制表符、;、|、逗号，或数字之间的空格分隔）",
    ),
    Text("multilabel where data.delimiter is set", "设置了 data.delimiter 时的 multilabel"),
    Text("tabular or text for the rows of {name}", "适用于 {name} 中各行的 tabular 或 text"),
    Text("text, since no column of numbers or categories is left", "没有数值列或类别列时的 text"),
    Text("multilabel for several target columns", "用于多个目标列的 multilabel"),
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
        "it has no label ({value} in {column} counts as missing; a class of this name needs another)",
        "没有标签（{column} 中的 {value} 视为缺失；若是类别，请换个名称）",
    ),
    Text(
        "{row}; correct it, or leave such rows out with --data.on_bad_row skip",
        "{row}；请更正，或用 --data.on_bad_row skip 跳过这样的行",
    ),
    Text(
        "correct it, or leave such rows out with --data.on_bad_row skip",
        "请更正，或用 --data.on_bad_row skip 跳过这样的行",
    ),
    Text(
        "{root}: the masks hold {colours} different colours: were they resized with smoothing, or saved as JPEG? A mask has one colour for each class; save it as PNG.",
        "{root}：掩码中有 {colours} 种不同的颜色：是否经过平滑缩放，或存成了 JPEG？掩码中每个类别只有一种颜色，请存为 PNG。",
    ),
    Text("{row}: {reason}; and no other mask can be read either.", "{row}：{reason}；其他掩码也都无法读取。"),
    Text("masks in colour: each of the {count} colours is a class", "彩色掩码：{count} 种颜色各为一个类别"),
    Text(
        "masks are JPEG files ({file}), which blur the borders: their {count} values may be fewer classes; save masks as PNG",
        "掩码是 JPEG 文件（{file}），边界会变模糊：{count} 个取值未必都是类别；掩码请存为 PNG",
    ),
    Text(
        "{error} --target names another column; few values have {names}.",
        "{error} 可用 --target 指定别的列；取值较少的有 {names}。",
    ),
    Text(
        "all columns beside the text hold 0 and 1: if all of them are labels, write --target {names}",
        "文本以外的列都只有 0 和 1：如果它们都是标签，请写 --target {names}",
    ),
    Text(
        "{names}: one value for each class and no other, as a copy of the label has; {leave}",
        "{names}：与类别一一对应，像是标签的副本；{leave}",
    ),
    Text(
        "if it is made from the labels, leave it out: --data.drop {names}",
        "如果由标签得来，请去掉：--data.drop {names}",
    ),
    Text(
        "labels such as {example} look like several in one: if they are, write --data.delimiter {mark}",
        "{example} 这样的标签像是多个标签写在了一起：若是，请写 --data.delimiter {mark}",
    ),
    Text(
        "{name}: the month was taken to be first, and no day shows whether it is; if it is not, write these dates as 2024-12-31",
        "{name}：按月在前、日在后读取，但没有哪一天能证实；如果不是，请把日期写成 2024-12-31 的形式",
    ),
    Text("hours, of which minutes and seconds are parts", "小时，分和秒是其小数部分"),
    Text(
        "its mask is in colour: a mask holds a number per pixel (grey or palette PNG), one for each class",
        "其掩码是彩色的，而其他掩码不是：掩码的每个像素应为一个数（灰度或调色板 PNG），每个类别一个",
    ),
)
