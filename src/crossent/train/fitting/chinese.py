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
