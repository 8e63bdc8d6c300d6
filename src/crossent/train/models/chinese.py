"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text(
        "one of {names}, hf:NAME, timm:NAME, or an import path package.module:Class",
        "以下之一：{names}、hf:名称、timm:名称，或导入路径 package.module:Class",
    ),
    Text(
        "a model for {kind} inputs and the task {task} ({value})", "适用于 {kind} 输入和任务 {task} 的模型（{value}）"
    ),
    Text("the path of an nn.Module", "nn.Module 的路径"),
    Text("settings of {name}: {names}", "{name} 的设置：{names}"),
    Text("arguments that {path} takes ({error})", "{path} 所接受的参数（{error}）"),
    Text("{path} could not be made: {kind}: {error} ({where})", "{path} 无法构造：{kind}：{error}（{where}）"),
    Text("none here", "这里没有"),
    Text("an import path package.module:Class that exists ({error})", "存在的导入路径 package.module:Class（{error}）"),
    Text(
        "{file} says that its model is {path}, which is code outside of it, and would be imported and run. If you know and trust it, write --trust-code, or --model {path2} (in Python trust_code=True, or model={path3})",
        "{file} 称其模型为 {path}，那是文件之外的代码，会被导入并运行。如果您知道并信任它，请写 --trust-code，或 --model {path2}（Python 中为 trust_code=True，或 model={path3}）",
    ),
    Text("the class {kind}", "类 {kind}"),
    Text(
        ". If it makes your model, write --model {path}, or annotate it (-> torch.nn.Module)",
        "。如果它构造您的模型，请写 --model {path}，或为它加上标注 (-> torch.nn.Module)",
    ),
    Text(
        "{file} says that its model is {path}, which is {what}, not a class of torch.nn.Module: it was not called{hint}",
        "{file} 称其模型为 {path}，而那是 {what}，不是 torch.nn.Module 的类：没有调用它{hint}",
    ),
    Text("ngrams must be from 1 to {most}, got {ngrams}.", "ngrams 应在 1 到 {most} 之间，而给出的是 {ngrams}。"),
    Text(
        "embedding must be a multiple of heads={heads}, got {embedding}.",
        "embedding 应为 heads={heads} 的倍数，而给出的是 {embedding}。",
    ),
    Text("width must be a multiple of {groups}, got {width}.", "width 应为 {groups} 的倍数，而给出的是 {width}。"),
    Text(
        "{expected}, or one part of them alone (data.kind text or tabular)",
        "{expected}，或只用其中一部分（data.kind text 或 tabular）",
    ),
    Text("none: {name} brings its settings with it", "不需要：{name} 自带设置"),
    Text("{expected}, and reads the texts alone with --data.kind text", "{expected}，用 --data.kind text 可只读文本"),
    Text("{what} of {count} channels", "{count} 通道的{what}"),
    Text(
        "a model for {what} and the task {task}; this checkpoint is for {kind}s and their classes",
        "适用于{what}和任务 {task} 的模型；这个预训练模型用于 {kind} 分类",
    ),
    Text("there is no vocabulary", "没有词表"),
    Text("{count} tensors are taken from {folder}; the head is new", "从 {folder} 取用 {count} 个张量；分类头是新的"),
    Text("an embedding of {size}, as the vectors in {path}", "大小为 {size} 的 embedding，与 {path} 中的词向量一致"),
    Text(
        "false beside n-grams, which have no vectors yet; or --model.kwargs.ngrams 1",
        "false：n-gram 还没有词向量；或写 --model.kwargs.ngrams 1",
    ),
    Text(
        "nothing, but for the models textcnn, fasttext and transformer, and words (--data.tokenizer words)",
        "不填；仅模型 textcnn、fasttext 和 transformer 可用，且按词切分（--data.tokenizer words）",
    ),
    Text(
        "{place}: expected a word and {size} numbers, got {line}",
        "{place}：应为一个词和 {size} 个数，而给出的是 {line}",
    ),
)
