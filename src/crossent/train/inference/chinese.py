"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "{folder} holds predictions of other weights, for other files or with other options; name another folder",
        "{folder} 中已有其他权重、其他文件或其他选项的预测；请指定另一个文件夹",
    ),
    Text("a segmentation predicts images; name a folder of images", "分割任务预测的是图像；请指定图像文件夹"),
    Text(
        "no model can be made of {file} and {schema} ({reason})",
        "无法由 {file} 和 {schema} 构造模型（{reason}）",
    ),
    Text("{file} cannot be used: {reason}", "{file} 无法使用：{reason}"),
    Text("there is no folder {folder}{near}", "没有文件夹 {folder}{near}"),
    Text("{folder} is not the folder of a run{hint}", "{folder} 不是训练结果的文件夹{hint}"),
    Text(": there is no config.yaml in it", "：其中没有 config.yaml"),
    Text("; it holds runs, the newest is {run}", "；其中有训练结果，最新的是 {run}"),
    Text(
        "{path} is not whole: {name} is missing ({what}). If its training was interrupted: crossent fit --resume {word}",
        "{path} 不完整：缺少 {name}（{what}）。若训练曾被中断：crossent fit --resume {word}",
    ),
    Text("how its data are read", "如何读取数据"),
    Text("which model it is", "是哪个模型"),
    Text("its best weights", "最佳权重"),
    Text(
        "{folder} was trained on data from Python; give the data to evaluate or predict on",
        "{folder} 是用 Python 中的数据训练的；请给出要评估或预测的数据",
    ),
    Text(
        "{folder} was trained without labelled {split} data; name the data to use",
        "{folder} 的训练没有带标签的 {split} 数据；请指定要用的数据",
    ),
    Text(
        "{data} names a file, and could be a text: write predict(Path({data})) for the file, or predict([{data}]) for the text",
        "{data} 是一个文件名，也可能是文本：若指文件请写 predict(Path({data}))，若指文本请写 predict([{data}])",
    ),
    Text(
        "a {task} task has no thresholds: it predicts the class with the highest probability; leave threshold out",
        "{task} 任务没有阈值：它预测概率最高的类别；请省略 threshold",
    ),
    Text(
        "threshold: expected a number above 0 and below 1, or 'tuned', got {got}; write 0.5",
        "threshold：应为大于 0 且小于 1 的数，或 'tuned'，而给出的是 {got}；可写 0.5",
    ),
    Text(
        "{folder} has no thresholds.json: its training has not come to its end; write threshold=0.5",
        "{folder} 中没有 thresholds.json：训练尚未结束；可写 threshold=0.5",
    ),
    Text(
        "the probabilities of each pixel would fill the memory; predict(data).prediction has the classes",
        "每个像素的概率会占满内存；类别在 predict(data).prediction 中",
    ),
    Text(
        "{folder} holds {count} models, which have learnt from all rows of its data between them; name other data, or take one of the models: {model}",
        "{folder} 中有 {count} 个模型，它们合起来学过其数据的全部行；请另指定数据，或使用其中一个模型：{model}",
    ),
    Text(
        "{folder} holds {count} models, each with a way of its own to read rows, and a file has one way; export one of them: {model}",
        "{folder} 中有 {count} 个模型，各自读取数据行的方式不同，而一个文件只有一种方式；请导出其中一个：{model}",
    ),
    Text(
        "ROC-AUC, average precision, calibration, curves and predictions.csv are of a random {held} of the {rows} rows; all other figures are of all",
        "ROC-AUC、平均精度、校准、曲线和 predictions.csv 取自 {rows} 行中随机的 {held} 行；其他指标都取自全部行",
    ),
    Text("{source}: there are no rows to predict.", "{source}：没有可预测的行。"),
    Text(
        "{output} is the source itself; write the predictions to another file",
        "{output} 就是数据本身；请把预测写到另一个文件",
    ),
    Text("{path} is a folder; write for example {example}", "{path} 是文件夹；例如写 {example}"),
    Text(
        "{path}: expected a name that ends in {formats}; write {example}",
        "{path}：文件名应以 {formats} 结尾；可写 {example}",
    ),
    Text("there is no folder {folder} to write {name} to", "没有用来写入 {name} 的文件夹 {folder}"),
    Text(
        "{path} gives logits that differ by up to {difference} from the model's on {count} real samples; it was not kept",
        "{path} 的 logits 在 {count} 个真实样本上与模型相差最多 {difference}；未保留",
    ),
    Text(
        "no ONNX for this model: {reason}; try a name that ends in .pt2",
        "该模型无法转为 ONNX：{reason}；可试以 .pt2 结尾的文件名",
    ),
    Text("{error}, or export to .pt2", "{error}，或导出为 .pt2"),
    Text("the weights of {folder} cannot be read: {reason}", "无法读取 {folder} 的权重：{reason}"),
    Text("fitted on the run's validation data", "在训练时的验证数据上拟合"),
    Text(
        "an export is checked on at least {least} samples, got {samples}",
        "导出至少要用 {least} 个样本核对，而只有 {samples} 个",
    ),
    Text(
        "the model cannot be traced for a free batch size: {error}. Its forward must not branch on values, nor turn sizes into Python numbers",
        "无法以任意批大小追踪该模型：{error}。其 forward 不能按值分支，也不能把大小变成 Python 数",
    ),
    Text(
        "{name} does not run on {size} samples ({error}); it was not kept",
        "{name} 不能在 {size} 个样本上运行（{error}）；未保留",
    ),
    Text(
        "{folder} is missing or damaged: it says which model was trained", "{folder} 缺失或损坏：它说明训练了哪个模型"
    ),
    Text(
        "the model of {folder} was given as an object ({name}), and only its weights are stored; build it as for the training and write load_run(folder, model=model)",
        "{folder} 的模型是作为对象给出的（{name}），只保存了权重；请像训练时那样构造它，并写 load_run(folder, model=model)",
    ),
    Text(
        "a segmentation has a class per pixel: see .prediction, and .classes for their names",
        "分割任务的每个像素都有一个类别：见 .prediction，类别名称见 .classes",
    ),
    Text(
        "predicted masks are files in a folder, got {path}; write for example masks",
        "预测的掩码是文件夹中的文件，而给出的是 {path}；例如写 masks",
    ),
    Text(
        "split: expected one of {names}, got {split}; write split='test'",
        "split：应为 {names} 之一，而给出的是 {split}；可写 split='test'",
    ),
    Text("a temperature of {temperature}", "温度为 {temperature}"),
    Text("{name} of {shape} for {classes} classes", "{name} 的形状为 {shape}，而类别有 {classes} 个"),
)
