"""The texts of `crossent fit --help` on each setting, in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "at most {most}, so that the rows of a class, or its groups, are enough for every part",
        "不超过 {most}，使每一份都能分到各类别的行（或分组）",
    ),
    Text("the data bring a test part of their own", "数据自带测试部分"),
    Text("data.time says which rows test", "data.time 决定哪些行用于测试"),
    Text("1 beside folds, whose models are trained one after the other", "1；使用 folds 时各模型依次训练"),
    Text("nothing here: cross_val_score trains one model per fold", "此处不填：cross_val_score 会为每一折训练一个模型"),
    Text("1 without the folder of a run, which processes share", "1；没有多个进程共用的训练结果文件夹时只能如此"),
    Text("The settings of `crossent fit`", "`crossent fit` 的设置"),
    Text(
        "The labelled data: where they are, what is in them, how they are split",
        "带标签的数据：在哪里、含有什么、如何划分",
    ),
    Text("The model", "模型"),
    Text("The loss", "损失"),
    Text("The optimizer", "优化器"),
    Text("The learning rate over time", "学习率随时间的变化"),
    Text("Early stopping, and which weights are the best", "提前停止，以及哪些权重最佳"),
    Text(
        '"digits", "breast_cancer" or "wine" (inside scikit-learn); a file of rows (.csv, .tsv, .txt, .jsonl, .parquet, .arrow, .xlsx, .sqlite) or of arrays (.npz); a folder with one folder of images per class, with images/ and masks/, or with one file per split (train.csv, val.csv, test.csv), or packed as .zip or .tar; a folder of .parquet or .arrow files, or the address of one (s3://, gs://, hdfs://); or the URL of a database.',
        '"digits"、"breast_cancer" 或 "wine"（scikit-learn 自带）；由行组成的文件（.csv、.tsv、.txt、.jsonl、.parquet、.arrow、.xlsx、.sqlite）或数组文件（.npz）；每个类别一个图像文件夹的文件夹，含 images/ 和 masks/ 的文件夹，或每个部分一个文件（train.csv、val.csv、test.csv）的文件夹，也可打包为 .zip 或 .tar；由 .parquet 或 .arrow 文件组成的文件夹，或其地址（s3://、gs://、hdfs://）；或数据库的 URL。',
    ),
    Text(
        'Whether the rows of Parquet or Arrow files are streamed, never in memory together; "auto" streams folders of them that take more than memory_mb.',
        'Parquet 或 Arrow 文件的行是否流式读取，不同时全部装入内存；"auto" 对大于 memory_mb 的这类文件夹流式读取。',
    ),
    Text(
        "What to read of a database, in SQL; by default its only table.",
        "从数据库读取什么，用 SQL 写；默认为其唯一的表。",
    ),
    Text("The validation data, where they are a source of their own.", "验证数据，若另有来源。"),
    Text("The test data, where they are a source of their own.", "测试数据，若另有来源。"),
    Text(
        'What the inputs are; "auto" looks at the columns: long or many different texts are text, beside numbers and categories "mixed"; "tabular" and "text" read these parts of them alone. Arrays by their shape: (N, channels, steps) are signals.',
        '输入是什么；"auto" 查看各列：较长或大多不同的文字是文本，与数值和类别并列时为 "mixed"；"tabular" 和 "text" 只读其中一部分。数组按形状判断：(N, 通道, 步) 是信号。',
    ),
    Text(
        'What is learnt: "multiclass", "binary", "multilabel", "segmentation", or a task of your own; "auto" looks at the labels: two classes are "binary".',
        '学习什么："multiclass"、"binary"、"multilabel"、"segmentation"，或自定义的任务；"auto" 查看标签：两个类别即为 "binary"。',
    ),
    Text(
        'The column of the labels, or several 0/1 columns with commas between them. By default "label", "target", "class" or "y", else the last column.',
        '标签所在的列，或以逗号分隔的多个 0/1 列。默认为 "label"、"target"、"class" 或 "y"，否则为最后一列。',
    ),
    Text(
        "Of two classes, the one that is looked for; by default the second in alphabetical order.",
        "两个类别中要寻找的那个；默认为按字母顺序的第二个。",
    ),
    Text(
        "A file with the names of classes, a line each, for labels that are numbers.",
        "写有类别名称的文件，每行一个，用于以数字表示的标签。",
    ),
    Text(
        'What stands between the labels of one row, such as "|": makes the task "multilabel".',
        '一行中各标签之间的分隔符，例如 "|"：任务随之成为 "multilabel"。',
    ),
    Text("The columns that are text, with commas between them.", "作为文本的列，以逗号分隔。"),
    Text(
        "What columns are, where it is not what they look like: number, date, category or text.",
        "列的类型与外观不符时加以指定：number、date、category 或 text。",
    ),
    Text("Columns to leave out, with commas between them.", "不使用的列，以逗号分隔。"),
    Text(
        "Rows with the same value in this column stay in the same part of the split.",
        "此列取值相同的行在划分时留在同一部分。",
    ),
    Text(
        "Split by the dates or numbers of this column: the last rows test, those before them validate.",
        "按此列的日期或数值划分：最后的行用于测试，其前的行用于验证。",
    ),
    Text(
        "The column of the weights of the rows, of at least 0: a row of weight 2 counts twice, in the loss and in the figures. It is no input.",
        "各行权重所在的列，不小于 0：权重为 2 的行在损失和指标中算两次。它不作为输入。",
    ),
    Text("Share of the rows, of each class, that early stopping looks at.", "提前停止所依据的行占每个类别的比例。"),
    Text(
        "Share of the rows, of each class, kept for the one test at the end; 0: none is made.",
        "留作最后一次测试的行占每个类别的比例；0 表示不划出。",
    ),
    Text(
        "Which part of a cross-validation tests, such as 2/5, the second of five; test_fraction is not looked at.",
        "用交叉验证的第几份测试，例如 2/5 是五份中的第二份；此时不看 test_fraction。",
    ),
    Text(
        "What to do with a row or image that cannot be read or has no label.", "如何处理无法读取或没有标签的行或图像。"
    ),
    Text(
        'Whether the first line of a text file names the columns: "first", "none", or "auto" to find out.',
        '文本文件的第一行是否为列名："first" 是，"none" 不是，"auto" 自行判断。',
    ),
    Text(
        'How text files are written; "auto" takes UTF-8, with or without a mark, UTF-16 with one, else GB18030.',
        '文本文件的编码；"auto" 依次尝试带或不带标记的 UTF-8、带标记的 UTF-16，否则为 GB18030。',
    ),
    Text(
        "Height and width that images are brought to; by default their own, if all have the same.",
        "图像缩放到的高和宽；若全部大小相同，默认为其自身大小。",
    ),
    Text(
        "The value of mask pixels that do not count; by default 255, but in masks of 0 and 255 alone.",
        "不计入的掩码像素值；默认 255，但只含 0 和 255 的掩码除外。",
    ),
    Text(
        "Tokens of a text that are read; by default what 95 of 100 texts need, at most 512; of n-grams words, by default 4096.",
        "每条文本读取的词元数；默认为 100 条文本中 95 条所需，最多 512；n-gram 按词计，默认 4096。",
    ),
    Text(
        'What texts are cut into: "ngrams" makes a text a bag of its words, of pairs of them and of parts of words. "auto" takes these for the model widedeep, else characters for Chinese and Japanese, else words.',
        '文本切分成什么："ngrams" 把文本变成词、词对和词的片段的集合。"auto" 对模型 widedeep 用 ngrams，否则中文和日文按字符，其他按词。',
    ),
    Text(
        "Most different tokens, by default 20,000; of n-grams words, by default all.",
        "最多有多少种词元，默认 20,000；n-gram 的词默认全部。",
    ),
    Text("Data larger than this are read from disk batch by batch.", "大于此值的数据逐批从磁盘读取。"),
    Text(
        'Random changes to the training images: "shift" moves them, "flip" also mirrors them, "strong" also blanks a square and changes the light; "auto" shifts grey images and flips those in colour.',
        '训练图像的随机变化："shift" 平移，"flip" 还做镜像，"strong" 还遮去一个方块并改变光线；"auto" 对灰度图像平移，对彩色图像做镜像。',
    ),
    Text(
        'mlp, ensemble, cnn, cnn1d, widedeep, textcnn, fasttext, transformer or unet; "auto" takes what suits the data; a pretrained one, hf:NAME_OR_FOLDER (transformers) or timm:NAME_OR_FOLDER; or where your own is: package.module:Class.',
        'mlp、ensemble、cnn、cnn1d、widedeep、textcnn、fasttext、transformer 或 unet；"auto" 取适合数据的；预训练模型写 hf:名称或文件夹（transformers）、timm:名称或文件夹；或写自己的模型所在：package.module:Class。',
    ),
    Text(
        "A file of vectors of words for the models of texts to begin with: word2vec's, GloVe's or fastText's format of text, packed by gzip or not.",
        "词向量文件，文本模型由它开始：word2vec、GloVe 或 fastText 的文本格式，可用 gzip 压缩。",
    ),
    Text(
        "Of a pretrained model train the head alone; vectors of words are kept as they are.",
        "预训练模型只训练分类头；词向量保持不变。",
    ),
    Text(
        "Arguments of the model by name, as in --model.kwargs.width 64.",
        "以名称给出的模型参数，例如 --model.kwargs.width 64。",
    ),
    Text(
        "Of each class: balanced (every class the same share of the loss), inverse, effective, numbers in the order of the classes, or numbers by class name.",
        "每个类别的权重：balanced（各类别在损失中所占相同）、inverse、effective，按类别顺序的数，或按类别名称的数。",
    ),
    Text(
        "Of the positive labels of a binary or multilabel task: balanced, one number, or one per class.",
        "二分类或多标签任务中正例的权重：balanced、一个数，或每个类别一个数。",
    ),
    Text(
        "Share of each label that is spread evenly over all classes; 0 is off.",
        "每个标签中平均分给所有类别的份额；0 为关闭。",
    ),
    Text(
        "Whose weight the spread share takes: the target's, or each class's own as in torch.",
        "分出的份额用谁的权重：目标类别的，或像 torch 那样用各类别自己的。",
    ),
    Text("The label that does not count; by default what the data say.", "不计入的标签；默认由数据决定。"),
    Text(
        "Focal loss: multiplies each loss by (1 - p)^gamma, with p the probability of the right class; 0 is off.",
        "Focal 损失：每个损失乘以 (1 - p)^gamma，p 为正确类别的概率；0 为关闭。",
    ),
    Text(
        '"adam" adds weight decay to the gradient; "adamw" shrinks the weights directly.',
        '"adam" 把权重衰减加到梯度上；"adamw" 直接缩小权重。',
    ),
    Text(
        "How strongly weights are pulled towards 0; 0 is off. By default 0.01 for adamw, else 0.0001.",
        "权重被拉向 0 的强度；0 为关闭。默认 adamw 为 0.01，其他为 0.0001。",
    ),
    Text(
        "Also pull biases and the weights of normalisations, which are left alone otherwise.",
        "对通常不衰减的偏置和归一化层的权重也做衰减。",
    ),
    Text("Of sgd.", "用于 sgd。"),
    Text("Look ahead along the momentum; of sgd.", "沿动量方向提前看一步；用于 sgd。"),
    Text("How long adam and adamw remember gradients and their squares.", "adam 和 adamw 记住梯度及其平方的时间。"),
    Text("Keeps adam and adamw from dividing by 0.", "防止 adam 和 adamw 除以 0。"),
    Text("Never let the divisor of adam and adamw fall.", "不让 adam 和 adamw 的除数下降。"),
    Text(
        '"plateau" lowers it when stop.monitor no longer improves; "cosine" falls to min_lr along a half wave, "linear" along a line; "onecycle" rises to lr and falls to nearly 0 while the momentum does the opposite; "constant". "auto" is linear for a pretrained model, else plateau.',
        '"plateau" 在 stop.monitor 不再改善时降低学习率；"cosine" 沿半个余弦波、"linear" 沿直线降到 min_lr；"onecycle" 升到 lr 再降到接近 0，动量则相反；"constant" 保持不变。"auto" 对预训练模型为 linear，否则为 plateau。',
    ),
    Text(
        "Rise from 0 over this long, such as 500steps; by default not for plateau and constant, for cosine over a twentieth, for linear over a tenth and for onecycle over three tenths of the run.",
        "从 0 上升所用的长度，例如 500steps；默认 plateau 和 constant 没有，cosine 为全程的二十分之一，linear 为十分之一，onecycle 为十分之三。",
    ),
    Text(
        "How long plateau waits without improvement, such as 4epochs, 1000steps or 5evaluations.",
        "plateau 在没有改善时等待多久，例如 4epochs、1000steps 或 5evaluations。",
    ),
    Text("What plateau multiplies the learning rate by.", "plateau 每次把学习率乘以多少。"),
    Text(
        "The learning rate that plateau stops at, and that cosine and linear end at.",
        "plateau 停止下降、cosine 和 linear 结束时的学习率。",
    ),
    Text(
        "Stop after this long without improvement, such as 10epochs, 1000steps or 5evaluations; null: never.",
        "这么久没有改善就停止，例如 10epochs、1000steps 或 5evaluations；null 表示从不。",
    ),
    Text("What counts as improvement: more than this.", "改善超过多少才算改善。"),
    Text(
        "What must improve: val_loss, or val_ and a metric of the task, such as val_accuracy.",
        "须改善的指标：val_loss，或 val_ 加该任务的指标，例如 val_accuracy。",
    ),
    Text(
        'The learning rate at its highest; "auto" looks for it before the first step. By default 0.001 for adam and adamw and 0.05 for sgd. Of a pretrained model it is that of its body, by default a twentieth of these; its new head has 20 times as much.',
        '最高的学习率；"auto" 在第一步之前寻找它。默认 adam 和 adamw 为 0.001，sgd 为 0.05。对预训练模型是其主体的学习率，默认为上述值的二十分之一；新的分类头为它的 20 倍。',
    ),
    Text(
        "Samples per optimizer step, over all devices and micro-batches: the result does not depend on these. By default 64, and 16 of a pretrained model.",
        "每个优化器步的样本数，包括所有设备和微批：结果不依赖于如何拆分。默认 64，预训练模型为 16。",
    ),
    Text(
        "At most this many samples at once on a device; larger batches are put together from such parts, exactly. By default the whole batch.",
        "一个设备上一次最多处理的样本数；更大的批由这样的部分精确拼合。默认为整个批。",
    ),
    Text(
        "Stop after this many passes over the training data; by default 100, and 4 of a pretrained model.",
        "遍历训练数据这么多次之后停止；默认 100，预训练模型为 4。",
    ),
    Text("Stop after this many optimizer steps.", "经过这么多优化器步之后停止。"),
    Text(
        "End within this time, test and report included, such as 90s, 10m or 1h30m; the learning rate falls in time.",
        "在此时间内结束，包括测试和报告，例如 90s、10m 或 1h30m；学习率会及时下降。",
    ),
    Text(
        "How often to measure the validation data, such as 1epoch or 500steps.",
        "多久在验证数据上评估一次，例如 1epoch 或 500steps。",
    ),
    Text(
        "How often to write the checkpoint that --resume goes on from, besides at every evaluation.",
        "除每次评估之外，多久写一次供 --resume 接续的检查点。",
    ),
    Text("Scale gradients down to this norm where theirs is larger.", "梯度的范数大于此值时，缩小到此值。"),
    Text(
        "Evaluate and keep a running mean of the weights, that forgets this slowly, such as 0.999.",
        "评估并保留权重的滑动平均，以此速度遗忘，例如 0.999。",
    ),
    Text(
        "Of tables and texts, when it is known how long was best: train again on the validation rows too, where these were split off of the training rows. The test and predictions are of that model.",
        "表格与文本：得知训练多久最好之后，连同验证行重新训练一次（验证行须是从训练行中划出的）。测试和预测用的是这个模型。",
    ),
    Text(
        "Train so many models, each tested on another part of the rows; predictions are the means of theirs.",
        "训练这么多个模型，每个用不同部分的行测试；预测为它们的平均。",
    ),
    Text(
        "Fixes the split, the first weights, the order of the samples and the dropout.",
        "决定划分、初始权重、样本顺序和 dropout。",
    ),
    Text('Where to train; "auto" takes a GPU if there is one.', '在哪里训练；"auto" 有 GPU 时使用 GPU。'),
    Text("How many of them; each has a process of its own.", "使用多少个设备；每个设备一个进程。"),
    Text(
        "How many machines, each started with torchrun or by SLURM.", "使用多少台机器，各自用 torchrun 或 SLURM 启动。"
    ),
    Text(
        "How often to start all processes of this machine again, from the last checkpoint, when one has died.",
        "有进程死亡时，从上一个检查点重新启动本机全部进程的次数。",
    ),
    Text(
        'How devices share the work: "ddp" copies the model to each, "fsdp2" spreads it over them.',
        '多个设备如何分工："ddp" 在每个设备上复制模型，"fsdp2" 把模型分散在它们之上。',
    ),
    Text("Number format of the computation.", "计算所用的数值格式。"),
    Text(
        "CPU threads per operation. One is best for small models: more of them wait for each other longer than they work, above all beside other programs. 0 leaves the choice to torch.",
        "每次运算的 CPU 线程数。小模型用一个最好：更多线程相互等待的时间比计算还长，与其他程序并行时尤其如此。0 由 torch 决定。",
    ),
    Text(
        "Where to write figures: tensorboard, mlflow, or both with a comma; csv and none are history.csv alone.",
        "指标写到哪里：tensorboard、mlflow，或以逗号分隔的两者；csv 和 none 表示只有 history.csv。",
    ),
    Text("The folder that gets one new folder per run.", "每次训练在此文件夹中新建一个文件夹。"),
    Text(
        'The language of what is said, and of the report; "auto" is that of the environment (LANG).',
        '输出和报告所用的语言；"auto" 取自环境（LANG）。',
    ),
    Text(
        "The name of that new folder; by default the source, the date and the time.",
        "该新文件夹的名称；默认由数据、日期和时间组成。",
    ),
)
