"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "{model} with {parameters} parameters on {devices}, {precision}, {steps} steps per epoch{start}\nIn {folder}; Ctrl-C saves and stops\n",
        "{model}，{parameters} 个参数，{devices}，{precision}，每个 epoch {steps} 步{start}\n保存于 {folder}；按 Ctrl-C 可保存并停止\n",
    ),
    Text("; going on after step {step}", "；从第 {step} 步之后继续"),
    Text("after step {step}", "第 {step} 步"),
    Text("after step {step} (epoch {epoch})", "第 {step} 步（epoch {epoch}）"),
    Text("Stopped {where}: all {count} epochs are done.", "在{where}之后停止：{count} 个 epoch 全部完成。"),
    Text("Stopped {where}: the time of {limit} is over.", "在{where}之后停止：{limit} 的时间已到。"),
    Text("Stopped {where}: all {count} steps are done.", "在{where}之后停止：{count} 步全部完成。"),
    Text(
        "Stopped {where}: {monitor} has not improved{more} for {patience} (early stopping).",
        "在{where}之后停止：{monitor} 已有 {patience} 没有改善{more}（提前停止）。",
    ),
    Text(" by more than {delta}", "（改善未超过 {delta}）"),
    Text("Stopped by {signal} {where}; saved in {folder}.", "被 {signal} 在{where}之后停止；已保存到 {folder}。"),
    Text(
        "The best {monitor} was {value}, at step {step}, {when}.",
        "最佳的 {monitor} 为 {value}，在第 {step} 步，{when}。",
    ),
    Text("{count} steps before the end", "距结束 {count} 步"),
    Text("Training again, on validation rows too: {count} steps", "连同验证行重新训练：{count} 步"),
    Text(
        "Then trained again on the {count} training and validation rows together, for {epochs} epochs: this model is tested and predicts; validation figures, calibration and thresholds are of the one before.",
        "随后用训练与验证共 {count} 行重新训练了 {epochs} 个 epoch：测试和预测用的是这个模型；验证指标、校准与阈值来自之前的模型。",
    ),
    Text("{error} The model of the first training is kept.", "{error} 保留第一次训练的模型。"),
    Text("the last one", "即最后一步"),
    Text("To go on: {command}", "继续训练：{command}"),
    Text("To test the best weights so far: crossent test {folder}", "测试目前最佳的权重：crossent test {folder}"),
    Text("Files in {folder}: {names}", "{folder} 中的文件：{names}"),
    Text("--lr auto: {lr}, from a range test of {steps} steps", "--lr auto：{lr}，来自 {steps} 步的学习率范围测试"),
    Text("{signal} came at the end; everything is written", "{signal} 在结束时到来；一切都已写好"),
    Text(
        "{complaint}. Going on from the checkpoint before it, in {folder}",
        "{complaint}。从它之前的检查点 {folder} 继续",
    ),
    Text(
        "! The model ends in a {name}, and the loss of a {task} task applies its own: it cannot learn to be sure, and its gradients are small. Remove the {name}; what predicts adds it",
        "! 模型以 {name} 结尾，而 {task} 任务的损失会自行应用它：模型学不到高置信度，梯度也很小。请去掉 {name}；预测时会加上",
    ),
    Text(
        "the training loss of step {step} is not a number: the training has diverged at a learning rate of {lr}. {advice}",
        "第 {step} 步的训练损失不是数：训练在学习率 {lr} 下已发散。{advice}",
    ),
    Text("Try {settings}", "可试 {settings}"),
    Text(
        "the training loss of step {step} is not a number, because its inputs hold NaN or infinity{which}. Correct them, or leave such rows out with --data.on_bad_row skip",
        "第 {step} 步的训练损失不是数，因为其输入中有 NaN 或无穷大{which}。请更正，或用 --data.on_bad_row skip 跳过这样的行",
    ),
    Text(
        "the device is out of memory ({reason}). Write a smaller --micro_batch_size: the result stays the same, since batches are put together exactly",
        "设备内存不足（{reason}）。请减小 --micro_batch_size：批是精确拼合的，结果不变",
    ),
    Text(
        "the data do not fit into memory ({reason}). Write a smaller --data.memory_mb: larger data are read from disk batch by batch; of images also a smaller --data.image_size",
        "数据放不进内存（{reason}）。请减小 --data.memory_mb：更大的数据会逐批从磁盘读取；图像还可减小 --data.image_size",
    ),
    Text("{size} more were asked for", "还需要 {size}"),
    Text("Python has none left", "Python 已无可用内存"),
    Text(
        "another process of this run is gone: {cause}. The last checkpoint is whole; go on with: crossent fit --resume {folder}",
        "本次训练的另一个进程已不在：{cause}。上一个检查点是完整的；继续训练：crossent fit --resume {folder}",
    ),
    Text("another process of this run is gone: {cause}", "本次训练的另一个进程已不在：{cause}"),
    Text("the connection to it broke", "与它的连接已断开"),
    Text("it ended before its training", "它在训练之前就结束了"),
    Text("process {rank} (pid {pid}) was ended by {signal}", "进程 {rank}（pid {pid}）被 {signal} 结束"),
    Text("process {rank} (pid {pid}) ended with exit status {code}", "进程 {rank}（pid {pid}）以退出码 {code} 结束"),
    Text("process {rank} (pid {pid}) lost its connection", "进程 {rank}（pid {pid}）失去了连接"),
    Text(
        "{cause}; all processes start again from the last checkpoint (restarts left: {left})",
        "{cause}；所有进程从上一个检查点重新启动（剩余重启次数：{left}）",
    ),
    Text(
        "the processes of this run cannot meet at {place}: another program listens there; choose another port (MASTER_PORT, torchrun --master-port)",
        "本次训练的进程无法在 {place} 会合：另一个程序正在那里监听；请另选端口（MASTER_PORT，torchrun --master-port）",
    ),
    Text(
        "the processes of this run cannot meet at {place}: {reason}; start all of them, with the same MASTER_ADDR and MASTER_PORT",
        "本次训练的进程无法在 {place} 会合：{reason}；请用相同的 MASTER_ADDR 和 MASTER_PORT 启动全部进程",
    ),
    Text("a file in {folder} could not be written: {reason}. {kept}", "{folder} 中的文件无法写入：{reason}。{kept}"),
    Text(
        "a file in {folder} could not be written: {reason}. Make room, then start the training again",
        "{folder} 中的文件无法写入：{reason}。请腾出空间，然后重新开始训练",
    ),
    Text("The last checkpoint is whole", "上一个检查点是完整的"),
    Text(
        "{monitor} was not a number in any evaluation, so there are no best weights to test; choose another figure with --stop.monitor",
        "{monitor} 在每次评估中都不是数，因此没有最佳权重可测；请用 --stop.monitor 另选指标",
    ),
    Text(
        "Stopped in fold {number} of {count}. To go on: crossent fit --resume {folder}",
        "在第 {number}/{count} 折停止。继续训练：crossent fit --resume {folder}",
    ),
    Text("Fold {number} of {count}: {figures}; in {folder}", "第 {number}/{count} 折：{figures}；保存于 {folder}"),
    Text("{count} folds, mean ± standard deviation: {figures}.", "{count} 折，均值 ± 标准差：{figures}。"),
    Text("step", "步"),
    Text("lr", "学习率"),
    Text("best", "最佳"),
    Text("train loss", "训练损失"),
    Text("val loss", "验证损失"),
    Text("epoch {now} of {all}", "第 {now}/{all} 轮"),
    Text("{rate} steps/s", "{rate} 步/秒"),
    Text("The weights of step {best} are kept in {kept_in}", "第 {best} 步的权重保存在 {kept_in}"),
    Text(
        "No evaluation before it had a finite one, so no weights are kept as best",
        "此前的评估都没有有限的损失，因此没有保存最佳权重",
    ),
    Text(
        "the validation loss after step {step} is {figures} (training loss {figures2}): the training has diverged. {config}, and look for NaN in the validation data. {kept}",
        "第 {step} 步之后的验证损失为 {figures}（训练损失 {figures2}）：训练已发散。{config}，并检查验证数据中是否有 NaN。{kept}",
    ),
    Text(" (sample {row} of the batch)", "（批中的样本 {row}）"),
    Text(
        "a batch of the training loader must be (inputs, targets), got {kind}; give the loader a collate_fn that returns such a pair",
        "训练 loader 的一个批应为 (inputs, targets)，而给出的是 {kind}；请为 loader 指定返回这样一对的 collate_fn",
    ),
    Text(
        "{best} was written after step {step} with a validation loss of {expected}, but read back it gives {again}. Did another program write to this folder? The test was not run",
        "{best} 在第 {step} 步之后写入，当时验证损失为 {expected}，但读回后得到 {again}。是否有别的程序写过此文件夹？未进行测试",
    ),
    Text("0 beside folds, which go on with --resume", "0；使用 folds 时用 --resume 继续"),
    Text(
        "the samples hold {names}, but the model's forward takes {value}: name its arguments so, or leave {names2} out of the samples",
        "样本中有 {names}，而模型的 forward 接受 {value}：请如此命名其参数，或从样本中去掉 {names2}",
    ),
    Text(
        "{error}. Make room, then go on with: crossent fit --resume {folder}",
        "{error}。腾出空间后继续：crossent fit --resume {folder}",
    ),
    Text(
        "numbers, one per label, since labels of a {name} task do not exclude each other",
        "每个标签一个数，因为 {name} 任务的标签互不排斥",
    ),
    Text(
        "nothing for a {name} task, whose classes exclude each other; use loss.weight",
        "不填，因为 {name} 任务的类别互斥；请用 loss.weight",
    ),
    Text("{classes} numbers, one per class ({classes2})", "{classes} 个数，每个类别一个（{classes2}）"),
    Text("{expected}; to balance each label use loss.pos_weight", "{expected}；要平衡各标签请用 loss.pos_weight"),
    Text("balanced or one number for a {name} task", "一个数或 balanced（{name} 任务）"),
    Text("weights of the classes {names}", "类别 {names} 的权重"),
    Text("a model with a parameter to train", "有可训练参数的模型"),
    Text("a share that leaves rows to validate on", "能留下行用于验证的比例"),
    Text("val_loss, {names} for a {task} task", "{task} 任务的 val_loss、{names}"),
    Text("val_loss, {names} for a {task} task", "{task} 任务应为 val_loss、{names}"),
    Text(
        "{count} tensors are taken from {folder}; the head is new{more}",
        "从 {folder} 取用 {count} 个张量；分类头是新的{more}",
    ),
    Text(", and of its body {names}{more}", "，主体中还有 {names}{more}"),
    Text("there is no folder {name} of a checkpoint", "没有存放预训练权重的文件夹 {name}"),
    Text(
        "{name} is no folder here, and cannot be fetched from the Hugging Face hub ({kind}: {reason}). Name a folder with the checkpoint",
        "{name} 不是本机的文件夹，也无法从 Hugging Face hub 下载（{kind}：{reason}）。请给出存放预训练权重的文件夹",
    ),
    Text(
        "{folder} is no checkpoint that can be used here: there is no {name} in it",
        "{folder} 不是可用的预训练模型：其中没有 {name}",
    ),
    Text(
        "{folder} is no checkpoint that can be used here: there is no .safetensors file in it",
        "{folder} 不是可用的预训练模型：其中没有 .safetensors 文件",
    ),
    Text(
        "{path} cannot be read: it holds a {kind} instead of names and values",
        "{path} 无法读取：内容是 {kind}，而不是名称与值",
    ),
    Text(
        "the weights of {folder} are pickled ({name}), and reading such a file can run code: it was not opened. If you trust it, write it as .safetensors first: model.save_pretrained(FOLDER) of transformers",
        "{folder} 的权重是 pickle 格式（{name}），读取这种文件可能运行其中的代码，因此没有打开。若信任它，请先用 transformers 的 model.save_pretrained(FOLDER) 存成 .safetensors",
    ),
    Text("{folder} cannot be read as a checkpoint: {reason}", "{folder} 无法作为预训练模型读取：{reason}"),
    Text(
        "{folder} cannot be read as a checkpoint of timm: {reason}", "{folder} 无法作为 timm 的预训练模型读取：{reason}"
    ),
    Text(
        "none of the weights in {folder} is one of the model that its config.json describes",
        "{folder} 中没有任何权重属于其 config.json 所描述的模型",
    ),
    Text(
        "the model of {folder} is code that the checkpoint brings with it (auto_map), which is not run: take a checkpoint of a model that transformers knows",
        "{folder} 的模型是随权重附带的代码（auto_map），这里不会运行：请选用 transformers 自带的模型",
    ),
    Text("{folder} is a checkpoint of timm; write {name}", "{folder} 是 timm 的预训练模型；请写 {name}"),
    Text(
        "{folder} is no checkpoint that transformers knows: model_type in its config.json is {name}",
        "{folder} 不是 transformers 认识的预训练模型：其 config.json 中的 model_type 为 {name}",
    ),
    Text(
        "{folder} ({name}) classifies neither texts nor images", "{folder}（{name}）既不能对文本分类，也不能对图像分类"
    ),
    Text(
        "the settings of the model in {where} cannot be used: {reason}",
        "{where} 中的模型设置无法使用：{reason}",
    ),
    Text(
        "the tokenizer of {folder} cannot be used ({reason}): a checkpoint for texts needs a tokenizer.json, or a vocabulary that transformers makes one of",
        "{folder} 的分词器无法使用（{reason}）：文本模型需要 tokenizer.json，或 transformers 能据以生成它的词表",
    ),
    Text(
        "{folder}: the size of its images is {size}, which is no number of pixels",
        "{folder}：其图像大小为 {size}，不是像素数",
    ),
    Text("transformers cannot be loaded: {reason}", "无法加载 transformers：{reason}"),
    Text(
        "timm cannot be loaded ({reason}): its torchvision must be built for the torch that is installed",
        "无法加载 timm（{reason}）：它所用的 torchvision 必须与已安装的 torch 配套",
    ),
    Text("timm knows no model {name}", "timm 中没有模型 {name}"),
    Text("timm knows no model {name}, which {folder} is of", "timm 中没有 {folder} 所用的模型 {name}"),
    Text(
        "timm knows no model {name}; timm.list_models({pattern}) shows those of this kind",
        "timm 中没有模型 {name}；timm.list_models({pattern}) 可列出同类模型",
    ),
    Text(
        "timm has no weights of {name} on the Hugging Face hub; name a folder with a checkpoint",
        "timm 在 Hugging Face hub 上没有 {name} 的权重；请给出存放预训练权重的文件夹",
    ),
    Text(
        "{folder} is no checkpoint of timm: its config.json names no architecture{other}",
        "{folder} 不是 timm 的预训练模型：其 config.json 没有给出 architecture{other}",
    ),
    Text("; write {name}", "；请写 {name}"),
    Text(
        "{file} says that its training begins with {name}, which would be fetched from the Hugging Face hub. If you know it, write --trust-code, or --model {name} (in Python trust_code=True, or model={text})",
        "{file} 说明训练从 {name} 开始，这需要从 Hugging Face hub 下载。若了解它，请写 --trust-code 或 --model {name}（Python 中为 trust_code=True 或 model={text}）",
    ),
    Text(
        "{found} of the {count} words of the vocabulary have a vector of {size} numbers in {path}; the others begin at the mean of these",
        "词表的 {count} 个词中有 {found} 个在 {path} 中有 {size} 维词向量；其余从它们的均值开始",
    ),
    Text(
        "{path} has a vector for none of the {count} words of the vocabulary: is it of another language?",
        "{path} 中没有词表 {count} 个词中任何一个的词向量：是否是另一种语言的？",
    ),
    Text(
        "{place}:{number}: expected a word and {size} numbers, got {line}",
        "{place}:{number}：应为一个词和 {size} 个数，而给出的是 {line}",
    ),
    Text(
        "{path} is cut short: its first line promises {promised} words, and it has {count}",
        "{path} 不完整：首行说有 {promised} 个词，实际只有 {count} 个",
    ),
    Text(
        "{path} holds no vectors as text: a line is a word and its numbers, with blanks between them. Binary files (.bin) are written as text by the tools that they come from",
        "{path} 不是文本格式的词向量：每行应是一个词及其数值，以空格分隔。二进制文件（.bin）可用生成它的工具写成文本",
    ),
    Text(
        "{path} is a .zip archive; name the file that is in it, unpacked",
        "{path} 是 .zip 压缩包；请解压后给出其中的文件",
    ),
    Text("the vectors in {path} cannot be read: {reason}", "{path} 中的词向量无法读取：{reason}"),
    Text(
        "false: {name} has learnt nothing yet that could be kept, as hf:NAME has",
        "false：{name} 还没有学到可保留的内容，hf:名称 才有",
    ),
    Text("nothing: {name} brings its own", "不填：{name} 自带"),
)
