"""The texts of this room in Chinese."""

from __future__ import annotations

from ....wording import Text

TEXTS = (
    Text(
        "{place}: {what} of more than {size} MiB can be no text; was the file packed or written wrongly? A JSON list of that size is read as JSON lines (.jsonl), an object per line",
        "{place}：{what}超过 {size} MiB，不可能是文本；文件是否打包或写错了？这么大的 JSON 列表请改用 JSON lines（.jsonl），每行一个对象",
    ),
    Text(
        "{file}: it unpacks to more than the {size} GiB that the disk has left",
        "{file}：解压后大于磁盘剩余的 {size} GiB",
    ),
    Text("files and folders left out: {names}", "未使用的文件和文件夹：{names}"),
    Text("taken by their names: {names}", "按名称识别：{names}"),
    Text("parts left out: {names}", "未使用的部分：{names}"),
    Text("read from {folder}", "读自 {folder}"),
    Text("{file} is not UTF-8 and was read as GB18030 (GBK)", "{file} 不是 UTF-8，已按 GB18030（GBK）读取"),
    Text(
        "{source}: expected a finite sample_weight of at least 0 for each of the {rows} rows.",
        "{source}：{rows} 行中的每一行都应有一个不小于 0 的有限 sample_weight。",
    ),
    Text("{name}: the file is empty.", "{name}：文件为空。"),
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
    Text("a query, since {name} has no table", "查询语句，因为 {name} 中没有表"),
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
    Text(
        "it is nested too deeply, or holds a number of more digits than Python reads",
        "嵌套过深，或其中的数字位数超出 Python 可读取的范围",
    ),
    Text(
        "{name}: expected inputs that are numbers, got {kind}; write texts to a .csv file",
        "{name}：输入应为数字，而给出的是 {kind}；请把文本写入 .csv 文件",
    ),
    Text(
        "{name}: a sheet of more than 1 GiB is not read; save it as .csv or .parquet",
        "{name}：不读取超过 1 GiB 的工作表；请另存为 .csv 或 .parquet",
    ),
    Text(
        "a text in it holds half of a character (an escape from \\ud800 to \\udfff alone)",
        "其中有一段文本含半个字符（单独的 \\ud800 到 \\udfff 转义）",
    ),
    Text(
        "{source}: this is no file, but a pipe, a device or a socket, and data are read more than once; write its content to a file first",
        "{source}：这不是文件，而是管道、设备或套接字，而数据需要读取不止一次；请先把内容写入文件",
    ),
    Text("{name}: this is not a text file: it holds zero bytes.", "{name}：这不是文本文件：其中有零字节。"),
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
    Text("{name}: the file is empty; the first line should name the columns.", "{name}：文件为空；第一行应为列名。"),
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
    Text(
        "{item} names none of the {count} attributes, which count from 0",
        "{item} 不是 {count} 个属性之一，属性从 0 开始编号",
    ),
    Text("{file}: this is {what}", "{file}：这是{what}"),
    Text("a packed file: call it .xlsx if it is a sheet, else .zip", "打包文件：如果是表格请命名为 .xlsx，否则为 .zip"),
    Text(
        "a web page, not data: the address answered with a page, of a login or an error; fetch the file again",
        "网页，不是数据：下载时得到的是登录页或错误页，请重新下载",
    ),
    Text("a PDF: save its table as .csv", "PDF：请把其中的表格存为 .csv"),
    Text(
        "a pointer of Git LFS, not the data: fetch them with git lfs pull",
        "Git LFS 的指针，不是数据：请用 git lfs pull 下载",
    ),
    Text("a Parquet file: call it .parquet", "Parquet 文件：请命名为 .parquet"),
    Text(
        "{masks}: there are no masks in it, but {found}. Images and masks are pictures of the same names; boxes, as detectors learn them, are not read: for classes of whole images make a folder for each of them.",
        "{masks}：其中没有掩码，只有 {found}。图像与掩码应是同名的图片；目标检测用的边框不会读取：若要给整张图片分类，请为每个类别建一个文件夹。",
    ),
    Text("without labels, and left out: {names}", "没有标签、未使用：{names}"),
    Text(
        "{file}: one JSON object; its rows were read from {what}", "{file}：整个文件是一个 JSON 对象；数据行取自{what}"
    ),
    Text(
        "{file}: one JSON object with the keys {names}, none of which holds rows; write a list of objects, or an object per line",
        "{file}：整个文件是一个 JSON 对象，键为 {names}，其中都没有数据行；请写成对象的列表，或每行一个对象",
    ),
)
