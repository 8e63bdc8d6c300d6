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
)
