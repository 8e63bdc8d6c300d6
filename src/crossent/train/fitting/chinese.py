"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "this run was stopped in the middle of an epoch by {before} processes, each of which reads rows of its own: it goes on with as many, got {now}; write --devices {before}",
        "这次训练由 {before} 个进程运行，各读自己的行，并在一个 epoch 的中途停下：必须用同样多的进程继续，现有 {now} 个；请写 --devices {before}",
    ),
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
    Text(
        "a file in {folder} could not be written: {reason}. The last checkpoint is whole. Make room, then go on with: crossent fit --resume {folder}",
        "{folder} 中的文件无法写入：{reason}。上一个检查点是完整的。腾出空间后继续：crossent fit --resume {folder}",
    ),
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
)
