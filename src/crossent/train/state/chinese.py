"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "{file} says that its data are in {source}, which would be connected to. If you know it, write --trust-code, or name the data: {again}",
        "{file} 称其数据在 {source}，这将会建立连接。如果您知道它，请写 --trust-code，或直接指明数据：{again}",
    ),
    Text("{path} is missing", "缺少 {path}"),
    Text("{path} is missing; {kept}", "缺少 {path}；{kept}"),
    Text("{path} cannot be read: {reason}", "无法读取 {path}：{reason}"),
    Text(
        "{path} is not as the run has written it: it was changed, cut short or damaged; {kept}",
        "{path} 与写入时不同：它被改动、截断或损坏；{kept}",
    ),
    Text("put a whole copy of the run's folder in its place, or train again", "请换上完整的训练文件夹副本，或重新训练"),
    Text(
        "another process is training in {folder}{holder}. Wait for its end, or end it: two would mix their files",
        "另一个进程正在 {folder} 中训练{holder}。请等它结束或将其停止：两者的文件会混在一起",
    ),
    Text("the folder of a run, with {name} in it", "含有 {name} 的训练文件夹"),
    Text(
        "what the run was started with ({value}): only {names} may change",
        "训练开始时的值（{value}）：只有 {names} 可以更改",
    ),
    Text("a path in UTF-8, since safetensors opens no other", "UTF-8 编码的路径，因为 safetensors 打不开别的路径"),
    Text(
        "{path} is no file, but a pipe, a device or a socket; take it out of the folder",
        "{path} 不是文件，而是管道、设备或套接字；请把它移出该文件夹",
    ),
    Text(
        "the run in {folder} was started from Python, and its model and data must be given again: crossent.train.fit(model, data, resume={text})",
        "{folder} 中的训练是从 Python 开始的，必须再次给出模型和数据：crossent.train.fit(model, data, resume={text})",
    ),
    Text(
        "the data are not those that the run in {folder} was started with: {change}. Name the same data (--data.source), or start a new run",
        "数据不是 {folder} 中的训练开始时的数据：{change}。请指定相同的数据（--data.source），或开始新的训练",
    ),
    Text(
        "{complaint}; and there is no whole checkpoint before it to go back to",
        "{complaint}；在它之前没有完整的检查点可退回",
    ),
    Text("its checksum is not the one of its content: it was changed or damaged", "其校验和与内容不符：它被改动或损坏"),
    Text("{folder} cannot be read ({error})", "无法读取 {folder}（{error}）"),
    Text(
        "{path} has {found} bytes instead of {size}: it was cut short or changed",
        "{path} 有 {found} 字节，而应为 {size}：它被截断或改动",
    ),
    Text("{path} is damaged: its checksum is not the one in {file}", "{path} 已损坏：其校验和与 {file} 中的不符"),
    Text("What {target} held before is whole", "{target} 之前的内容是完整的"),
    Text("There is no earlier checkpoint", "没有更早的检查点"),
    Text("{target} could not be written: {error}. {kept}", "无法写入 {target}：{error}。{kept}"),
    Text("no other settings than those of the run", "与该训练相同的设置"),
    Text("a folder, or a path where one can be made", "文件夹，或可以新建文件夹的路径"),
    Text("{path} cannot be read: a row is damaged ({error})", "无法读取 {path}：有一行已损坏（{error}）"),
    Text(": process {holder} on {holder2}, since {holder3}", "：{holder2} 上的进程 {holder}，自 {holder3} 起"),
    Text(
        "{path} cannot be read: it holds a {kind} instead of names and values",
        "无法读取 {path}：其中是 {kind}，而不是名称和值",
    ),
    Text("{path} cannot be read: {error}; {kept}", "无法读取 {path}：{error}；{kept}"),
    Text("the values of {changed} are others", "{changed} 的值不同了"),
    Text(
        "{folder} cannot be used: it must hold a list of names for each part",
        "{folder} 无法使用：每个部分都应有一个名称列表",
    ),
    Text(
        "{folder} cannot be used: {key} must hold texts by their names, for each part",
        "{folder} 无法使用：{key} 中每个部分都应为按名称给出的文字",
    ),
    Text("without {without}, with {extra}", "缺少 {without}，多出 {extra}"),
    Text("the weights are of another model: {missing}", "这是另一个模型的权重：{missing}"),
    Text(
        "the weights are of another model: {name} is {shape} in the file and {shape2} in the model",
        "这是另一个模型的权重：{name} 在文件中为 {shape}，在模型中为 {shape2}",
    ),
    Text("without {names}", "缺少 {names}"),
    Text("with {names}", "多出 {names}"),
    Text("its checksum is not the one of its content", "其校验和与内容不符"),
)
