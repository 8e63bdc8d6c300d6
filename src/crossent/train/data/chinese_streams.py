"""The texts of files that are streamed, in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "{files} files of {groups} row groups, about {size} MiB in memory: streamed, {why}",
        "{files} 个文件，{groups} 个行组，装入内存约需 {size} MiB：流式读取，{why}",
    ),
    Text("since they take more than --data.memory_mb {size}", "因为超过 --data.memory_mb {size}"),
    Text("a folder or file that exists", "存在的文件夹或文件"),
    Text("columns left out: {names} (another number in every row)", "未使用的列：{names}（每行都是不同的数）"),
    Text("as --data.stream always asks", "按 --data.stream always 的要求"),
    Text(
        "what is said of columns is of a random {rows} training rows", "关于各列的说明取自随机抽取的 {rows} 行训练数据"
    ),
    Text(
        "the {part} part is measured on a random {held} of its {rows} rows",
        "{part} 部分共 {rows} 行，其指标在随机抽取的 {held} 行上计算",
    ),
    Text(
        "the {part} part is held to about {held} rows, less than the {share} that data.{setting}_fraction asks for",
        "{part} 部分限制在约 {held} 行，少于 data.{setting}_fraction 所要求的 {share}",
    ),
    Text(
        "{column} has {about}{count} different values, of which the {known} most frequent are learnt",
        "{column} 有 {about}{count} 个不同的值，只学习其中最常见的 {known} 个",
    ),
    Text("the rows are streamed, and never in memory together", "各行以流式读取，不会同时都在内存中"),
    Text(
        "auto or never, since the source is no folder of .parquet or .arrow files",
        "auto 或 never，因为数据不是由 .parquet 或 .arrow 文件组成的文件夹",
    ),
    Text("{name}: the file is gone; put it back", "{name}：文件已不存在；请放回原处"),
    Text(
        "{name}: the file has other rows than when the run began; put it back as it was",
        "{name}：文件中的行与训练开始时不同；请恢复原来的文件",
    ),
    Text(
        "{name}: it has no column {column}, unlike {first}; all files need the same columns.",
        "{name}：与 {first} 不同，没有列 {column}；所有文件的列必须相同。",
    ),
    Text(
        "{name}: it has a column {column}, unlike {first}; all files need the same columns.",
        "{name}：与 {first} 不同，多出列 {column}；所有文件的列必须相同。",
    ),
    Text(
        "{name}: the column {column} holds {kind}, in {first} it holds {before}; all files need the same kind of values.",
        "{name}：列 {column} 的类型是 {kind}，而在 {first} 中是 {before}；所有文件的值类型必须相同。",
    ),
    Text(
        "{name}: there are files of {kinds} in it; name a folder with files of one kind.",
        "{name}：其中有 {kinds} 多种文件；请指定只含一种文件的文件夹。",
    ),
    Text("{name}: there is no file that ends in {endings} in it.", "{name}：其中没有以 {endings} 结尾的文件。"),
    Text("{name}: cannot be listed ({reason})", "{name}：无法列出其中的文件（{reason}）"),
    Text("{source}: cannot be connected to ({reason})", "{source}：无法连接（{reason}）"),
    Text(
        "{name}: {count} rows have no label (column {column}), the first {row}; correct it, or leave such rows out with --data.on_bad_row skip",
        "{name}：{count} 行没有标签（列 {column}），第一处是 {row}；请改正，或用 --data.on_bad_row skip 跳过这些行",
    ),
    Text(
        "{name}: 1 row has no label (column {column}), {row}; correct it, or leave such rows out with --data.on_bad_row skip",
        "{name}：1 行没有标签（列 {column}）：{row}；请改正，或用 --data.on_bad_row skip 跳过",
    ),
    Text(
        "{name}: more than {most} different labels, or combinations of labels (such as {label}). Is it the right column?",
        "{name}：不同的标签或标签组合超过 {most} 个（例如 {label}）。这一列选对了吗？",
    ),
    Text(
        "the {part} part ({name}) has no column {column}, which the training part has",
        "{part} 部分（{name}）没有训练部分所含的列 {column}",
    ),
    Text("there are {now} row groups, and there were {before}", "现有 {now} 个行组，原有 {before} 个"),
    Text("no row is left to train on.", "没有可供训练的行。"),
    Text(
        "no row was drawn for the {part} part: there are too few; write --data.stream never",
        "行数太少，{part} 部分没有分到任何行；请写 --data.stream never",
    ),
    Text("the columns in it", "其中的各列"),
    Text("'data', with names in 'columns'", " 'data'，列名取自 'columns'"),
    Text("{name}, and not {names}", " {name}，未用 {names}"),
    Text("objects by their names", "以名称为键的各个对象"),
    Text(
        "{file}: read as fastText writes it, a text behind its __label__",
        "{file}：按 fastText 的格式读取，__label__ 之后是文本",
    ),
    Text(
        "{file}: rows as svmlight and LIBSVM write them are read in Python: train.fit(data=sklearn.datasets.load_svmlight_file({name}))",
        "{file}：svmlight 和 LIBSVM 格式请在 Python 中读取：train.fit(data=sklearn.datasets.load_svmlight_file({name}))",
    ),
    Text(
        "{name}: lists of {count} numbers, read as the columns {first}.0 to {last}.{place}",
        "{name}：每行是 {count} 个数的列表，读作 {first}.0 至 {last}.{place} 列",
    ),
    Text("values of the type {kind}{hint}", "{kind} 类型的值{hint}"),
    Text("; of pictures make files, or read them in Python", "；若是图片，请存成文件，或在 Python 中读取"),
)
