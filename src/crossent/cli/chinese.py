"""The texts of this room in Chinese."""

from __future__ import annotations

from ..wording import Text

TEXTS = (
    Text("there is not enough memory ({reason})", "内存不足（{reason}）"),
    Text("crossent {command}: error: {reason}", "crossent {command}：错误：{reason}"),
    Text("{name} takes no value; write {name} alone", "{name} 不带值；只写 {name}"),
    Text("{name} needs a value; write for example {name} {example}", "{name} 需要一个值；例如写 {name} {example}"),
    Text("{name}: {reason}; write for example {start}{example}", "{name}：{reason}；例如写 {start}{example}"),
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
        "没有{kind} {name}；{hint}{program} --help 列出全部{kind}",
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
    Text("train, validate and test a classifier on labelled data", "在带标签的数据上训练、验证并测试一个分类器"),
    Text("the figures of a trained classifier on labelled data", "已训练的分类器在带标签数据上的指标"),
    Text(
        "runs side by side, and whether their differences may be chance", "并排比较多次训练，并说明差异是否可能出于偶然"
    ),
    Text("classes and probabilities for data without labels", "对没有标签的数据给出类别和概率"),
    Text("a trained model as ONNX or as a torch.export program", "把训练好的模型导出为 ONNX 或 torch.export 程序"),
    Text(
        "run a Python program with crossent's losses in place of torch.nn's",
        "运行 Python 程序，用 crossent 的损失代替 torch.nn 的损失",
    ),
    Text("run a training script and say what is silently wrong with it", "运行训练脚本，并指出其中不声不响的错误"),
    Text(
        "measure the losses on this machine beside torch eager and torch.compile",
        "在本机上测量各损失，与 torch eager 和 torch.compile 对比",
    ),
    Text("versions, device, backends and extras, for a bug report", "版本、设备、后端和附加包，供报告问题时使用"),
    Text("; did you mean crossent {near}?", "；是否想写 crossent {near}？"),
    Text(
        "crossent: error: there is no command {name}{hint} The commands are: {names}.",
        "crossent：错误：没有命令 {name}{hint} 可用的命令有：{names}。",
    ),
    Text("there is not enough memory ({value})", "内存不足（{value}）"),
    Text(
        "Exact, fast, talkative classification losses for PyTorch, and a training system built on them.",
        "用于 PyTorch 的精确、快速、有话直说的分类损失，以及建立在其上的训练系统。",
    ),
    Text("what a command does and its settings", "某个命令的用途及其设置"),
    Text("the installed version", "所安装的版本"),
    Text("crossent: stopped by Ctrl-C", "crossent：被 Ctrl-C 停止"),
    Text(
        "the import path of the run's model, which may then be imported and run",
        "该模型的导入路径；给出后才可导入并运行它",
    ),
    Text(
        "the language of what is said: en, zh, or auto, that of the environment (default: auto)",
        "输出所用的语言：en、zh 或 auto（取自环境；默认 auto）",
    ),
    Text(
        "import and run the model that {where} names by an import path, and connect to a database that it names; without this, files are data alone",
        "允许导入并运行 {where} 以导入路径指定的模型，并连接它指定的数据库；不写时，文件只作为数据读取",
    ),
    Text("a module or package instead, as in python -m", "改为运行模块或包，如同 python -m"),
    Text("options of the script come after its name; ", "脚本自己的选项写在其名称之后；"),
    Text("show this text", "显示此帮助"),
    Text("the folder of a run, such as runs/first-try", "训练结果的文件夹，例如 runs/first-try"),
    Text("a file, or a folder or zip with a __main__.py", "一个文件，或含有 __main__.py 的文件夹或 zip"),
    Text("{name} is missing\n{usage}", "缺少 {name}\n{usage}"),
    Text("the picture, a PNG file (default: {file})", "图片，PNG 文件（默认：{file}）"),
    Text("also write every number to this file", "同时把所有数值写入此文件"),
    Text("cpu or cuda (default: cuda if there is one)", "cpu 或 cuda（默认：有 cuda 则用 cuda）"),
    Text("{names} (default: float32)", "{names}（默认：float32）"),
    Text("only the cases whose name holds this text", "只运行名称中含有此文字的项目"),
    Text("rounds to take the median of (default: {count})", "取中位数的轮数（默认：{count}）"),
    Text("CPU threads per operation (default: torch's choice)", "每次运算的 CPU 线程数（默认由 torch 决定）"),
    Text(
        "one argument too many: {word}; to choose cases write --cases {word2}",
        "多出一个参数：{word}；要选择项目请写 --cases {word2}",
    ),
    Text(
        "Times one forward and backward of the losses on this machine, beside torch eager and\ntorch.compile, with the extra peak memory; prints a table and draws it.",
        "在本机上测量各损失的一次前向和反向，与 torch eager 和 torch.compile 对比，\n并测量额外的内存峰值；打印表格并绘图。",
    ),
    Text("leave torch.compile out: it is what takes longest", "不测 torch.compile：它最耗时"),
    Text(
        "a first impression: few cases, {count} rounds, no torch.compile",
        "粗略了解：项目较少，{count} 轮，不测 torch.compile",
    ),
    Text(
        "--device: torch finds no CUDA device on this machine; write --device cpu",
        "--device：torch 在本机上没有找到 CUDA 设备；请写 --device cpu",
    ),
    Text(
        "--cases: no case holds {cases}; the cases are:\n{names}",
        "--cases：没有名称含 {cases} 的项目；可选的有：\n{names}",
    ),
    Text("crossent bench: {output} was not drawn: {error}", "crossent bench：未能绘制 {output}：{error}"),
    Text("also write it as a page, one file without network", "同时写成网页：单个文件，无需联网"),
    Text(
        "The figures of finished runs side by side, the settings in which they differ, and the difference\nof each to the first on the samples that both were tested on, with a paired bootstrap.",
        "并排列出已完成训练的指标和不同的设置，并用成对自助法给出各训练与第一个\n在共同测试样本上的差异。",
    ),
    Text("folders of runs, two or more", "训练结果的文件夹，两个或更多"),
    Text("print all of it as JSON instead of the text", "以 JSON 打印全部内容，代替文字"),
    Text(
        "exit with 1 if anything at this level or above is found (default: error)",
        "发现此级别或更高级别的问题时以 1 退出（默认：error）",
    ),
    Text(
        "say what a finding means, why it harms, and what is wrong and right to write",
        "说明某个问题是什么、为何有害、错误与正确的写法",
    ),
    Text(
        "Runs a training script, unmodified, as `python SCRIPT ARGUMENTS` would, watches what it does\nwith torch, and says at the end what is silently wrong with the training, at which line, and what to\nwrite instead. Findings go to stderr; the results of the script do not change.",
        "像 `python SCRIPT ARGUMENTS` 那样原样运行训练脚本，观察它对 torch 的操作，\n最后指出训练中不声不响的错误：在哪一行、应改成什么。\n发现的问题写到 stderr；脚本的结果不变。",
    ),
    Text(
        "The exit status is the script's own if it failed, else what --fail-on says.\nIn a notebook or in code of your own: with crossent.doctor.watch() as report: ...",
        "脚本失败时退出码是它自己的，否则由 --fail-on 决定。\n在笔记本或自己的代码中：with crossent.doctor.watch() as report: ...",
    ),
    Text("end the script after N optimizer steps", "在 N 个优化器步之后结束脚本"),
    Text("also write the findings to FILE", "同时把发现的问题写入 FILE"),
    Text("list all findings", "列出所有能发现的问题"),
    Text("SCRIPT is missing\n{usage}", "缺少 SCRIPT\n{usage}"),
    Text(
        "--explain: there is no finding {finding}; did you mean {near}? --list shows all findings",
        "--explain：没有名为 {finding} 的问题；是否想写 {near}？ --list 列出全部",
    ),
    Text(
        "labelled samples to check it on (default: the run's test data)",
        "用于核对的带标签样本（默认：训练时的测试数据）",
    ),
    Text(
        "The best weights of RUN as ONNX (model.onnx) or as a torch.export program (model.pt2), for any\nbatch size, with classes, normalisation and tokenizer in its metadata. It is kept only if it gives the\nmodel's numbers on real samples.",
        "把 RUN 的最佳权重导出为 ONNX（model.onnx）或 torch.export 程序（model.pt2），批大小任意，\n类别、归一化和分词器写在元数据中。只有在真实样本上得到与模型相同的数值时\n才会保留该文件。",
    ),
    Text("a name that ends in .onnx or .pt2", "以 .onnx 或 .pt2 结尾的文件名"),
    Text("a YAML file of settings; options after it win", "写有设置的 YAML 文件；其后的选项优先"),
    Text("go on with the run in this folder, exactly where it stopped", "继续此文件夹中的训练，从停下之处精确接续"),
    Text(
        "the model, which is code outside of it, and would be imported and run",
        "模型，那是文件之外的代码，会被导入并运行",
    ),
    Text("the data, which would be connected to", "数据，会与之建立连接"),
    Text("the validation data, which would be connected to", "验证数据，会与之建立连接"),
    Text("the test data, which would be connected to", "测试数据，会与之建立连接"),
    Text(
        "Train, validate and test a classifier on SOURCE (by default digits): a file, a folder or a data\nset that ships inside scikit-learn. Every setting can also stand in a YAML file. The group may be left out\nwhere the rest is clear: --target, --momentum, --label_smoothing, --patience (stop.patience); and a group\nalone is its name: --model cnn, --optimizer sgd, --schedule cosine.",
        "在 SOURCE（默认 digits）上训练、验证并测试一个分类器：可以是文件、文件夹，或 scikit-learn 自带的\n数据集。每个设置也都可写在 YAML 文件中。意思清楚时可省略组名：--target、--momentum、\n--label_smoothing、--patience（即 stop.patience）；单写组名即为其名称：--model cnn、--optimizer sgd、\n--schedule cosine。",
    ),
    Text("the labelled data; also --data.source", "带标签的数据；也可写 --data.source"),
    Text("print the settings as YAML, and do nothing else", "以 YAML 打印设置，不做其他事"),
    Text(
        "--config names {value} as {what}. If you know and trust it, write --trust-code, or --{name} {value2}",
        "--config 把 {value} 指定为{what}。如果您知道并信任它，请写 --trust-code，或 --{name} {value2}",
    ),
    Text(
        "Versions, device, threads, what computes what and why, and which packages of the extras are there:\nwhat a bug report needs.",
        "版本、设备、线程、由什么计算及其原因，以及附加包中有哪些已安装：\n报告问题时所需的内容。",
    ),
    Text("option", "选项"),
    Text("setting", "设置"),
    Text(
        ".csv, .tsv, .jsonl or .parquet; a folder for masks, and for files of rows",
        ".csv、.tsv、.jsonl 或 .parquet；掩码和由行文件组成的文件夹则为文件夹",
    ),
    Text("that share the files of a folder (default: 1)", "共同处理文件夹中各文件的进程数（默认：1）"),
    Text(
        "binary and multi-label: predict a class above this probability; tuned: as thresholds.json (default: 0.5)",
        "二分类和多标签：概率高于此值时预测该类别；tuned：取自 thresholds.json（默认：0.5）",
    ),
    Text("samples at a time (default: 256)", "每次处理的样本数（默认：256）"),
    Text(
        "Classes and probabilities for SOURCE, with the best weights of RUN. A table keeps its columns\nand its order and gains `prediction` and a column p_CLASS per class (of two classes: the second). For a\nfolder of Parquet or Arrow files FOLDER gets a file for each; those that are there are not made again.",
        "用 RUN 的最佳权重给出 SOURCE 的类别和概率。表格保留原有的列和顺序，\n并增加 `prediction` 一列，以及每个类别一列 p_CLASS（两个类别时只有第二个）。\n对 Parquet 或 Arrow 文件的文件夹，FOLDER 中每个文件对应一个文件；已有的不再重做。",
    ),
    Text(
        "a file or folder like the one it was trained on; labels are not needed",
        "与训练数据同类的文件或文件夹；不需要标签",
    ),
    Text("of a database: what to predict", "数据库：要预测的内容"),
    Text("probabilities with the temperature fitted on validation data", "使用在验证数据上拟合的温度得到的概率"),
    Text(
        "Runs the program as `python SCRIPT ARGUMENTS` would, with crossent's losses in place of\ntorch.nn's (torch.nn.CrossEntropyLoss, torch.nn.functional.cross_entropy and their siblings).",
        "像 `python SCRIPT ARGUMENTS` 那样运行程序，用 crossent 的损失代替 torch.nn 的损失\n（torch.nn.CrossEntropyLoss、torch.nn.functional.cross_entropy 及同类）。",
    ),
    Text(
        'Not reached: compiled code of your own that calls torch._C or torch.ops.aten, and worker processes\nthat start afresh (multiprocessing with "spawn"). In a program of your own: crossent.patch()',
        '不涉及：您自己的调用 torch._C 或 torch.ops.aten 的编译代码，以及重新启动的工作进程\n（multiprocessing 的 "spawn"）。在自己的程序中请用：crossent.patch()',
    ),
    Text(
        "which part of the run's data: train, val or test (default)", "训练数据的哪一部分：train、val 或 test（默认）"
    ),
    Text("also write the report, its figures and predictions there", "同时把报告及其图表和预测写到那里"),
    Text(
        "The figures of the best weights of RUN on labelled data: by default on the test part of the data\nit was trained on, else on SOURCE, all of it.",
        "RUN 的最佳权重在带标签数据上的指标：默认用训练数据的测试部分，\n否则用 SOURCE 的全部。",
    ),
    Text("a file or folder like the one it was trained on, with labels", "与训练数据同类、带标签的文件或文件夹"),
    Text("of a database: what to test on", "数据库：要测试的内容"),
    Text("print all figures as JSON instead of the text", "以 JSON 打印全部指标，代替文字"),
    Text("it is nested too deeply", "嵌套过深"),
    Text("there is no file {name} in {folder}", "{folder} 中没有文件 {name}"),
    Text("there is no {what} {name} to run: {reason}", "没有可运行的{what} {name}：{reason}"),
    Text("{names} and {count} more", "{names} 等另外 {count} 个"),
    Text("usage: ", "用法："),
    Text("positional arguments", "参数"),
    Text("options", "选项"),
    Text("commands:", "命令："),
    Text("; default: {value}", "；默认：{value}"),
    Text("FILE or RUN", "FILE 或 RUN"),
    Text(
        "{name}: expected {expected}, got {got}; write for example {option} {near}",
        "{name}：应为{expected}，而给出的是 {got}；例如写 {option} {near}",
    ),
    Text("{name}: {reason}; write for example {option} {near}", "{name}：{reason}；例如写 {option} {near}"),
    Text("the model, which would be fetched from the Hugging Face hub", "模型，需要从 Hugging Face hub 下载"),
)
