"""Writes the Chinese page of errors from the English one: `python docs/errors_page.py`. A test holds that.

The sessions are the same on both pages, word for word; every other paragraph stands below in Chinese.
"""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parent
ENGLISH, CHINESE = DOCS / "errors.md", DOCS / "zh" / "errors.md"
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)

TEXTS = {
    "# Errors that teach": "# 会讲道理的报错",
    "What goes wrong most often, what torch says, and what crossent says. Every message has three parts: what was "
    "expected, what came, and what to write instead. Where torch trains on in silence the first answer is a number, and "
    "that is the point.": "最常见的错误，torch 怎么说，crossent 又怎么说。每条报错都讲三件事：应该是什么，实际传了什么，该怎么改。"
    "有些错误 torch 一声不吭，照常训练，这时第一个结果就是一个数，问题恰恰在这里。",
    "The types are torch's, so `except` clauses keep working, and so are torch's own words wherever code may match on "
    "them. The test suite runs every session on this page with torch 2.13.0 and compares every word; only the line breaks "
    "within a message are the page's.": "异常类型与 torch 相同，原有的 `except` 照样有效；凡是代码可能拿来匹配的文字，也保留 torch 的"
    "原话。报错本身是英文，所以下面的示例与英文页完全相同：测试会用 torch 2.13.0 逐段运行、逐字比对，只有报错中间的换行是排版加的。",
    "## Labels": "## 标签",
    "### Labels count from 1": "### 标签从 1 开始编号",
    "Class indices are 0…C−1. Tables and annotation tools often start at 1.": "类别编号应为 0…C−1，而表格和标注工具往往从 1 开始。",
    "### 255 marks void pixels": "### 用 255 表示未标注的像素",
    "Pascal VOC, Cityscapes and many others write 255 where nobody has labelled.": "Pascal VOC、Cityscapes 等许多数据集用 255 "
    "表示没有标注的地方。",
    "On a GPU neither is known before the device has looked: torch stops the device, and every later call in the process "
    "fails. crossent's loss is NaN there, and the same IndexError comes with the next loss, or from `crossent.check()`.": "在 "
    "GPU 上，设备真正读到标签之前谁也不知道有错：torch 会让设备停止工作，此后整个进程里的调用全部失败；crossent 则返回 NaN，"
    "并在下一次计算损失时、或调用 `crossent.check()` 时抛出同样的 IndexError。",
    "### -1 marks missing labels": "### 用 -1 表示缺失的标签",
    "Any number can mark what does not count, but it has to be named.": "不计入的位置用哪个数表示都可以，但必须明说。",
    "### The data have more classes than the model": "### 数据的类别比模型的输出多",
    "### Labels have an extra axis": "### 标签多了一维",
    "A column of a table is (N, 1).": "从表格里取出的一列，形状是 (N, 1)。",
    "### Labels are one-hot integers": "### 标签是整数的 one-hot 编码",
    "Floats of the same shape would be probabilities, which both take.": "同样形状的浮点数会被当作概率，两边都支持。",
    "### Labels are floats": "### 标签是浮点数",
    "As a table of numbers yields them.": "从数值表格里读出来的标签往往如此。",
    "### Labels are a list": "### 标签是列表",
    "### The mask is a colour picture": "### 掩码是彩色图片",
    "A palette image that was read as RGB.": "调色板图片被当成 RGB 读了进来。",
    "### Fewer labels than rows": "### 标签比行数少",
    "Logits were flattened too far, or the targets too little.": "logits 展平得过头了，或者标签还没有展平。",
    "### The classes are on the last axis": "### 类别在最后一维",
    "Sequence models return (N, L, C), channels-last networks (N, H, W, C).": "序列模型输出 (N, L, C)，channels-last 的网络输出 "
    "(N, H, W, C)。",
    "## Binary targets": "## 二分类目标",
    "### A mask of 0 and 255": "### 取值为 0 和 255 的掩码",
    "torch's loss has no lower bound here: the model learns to make it more negative for ever.": "这时 torch "
    "的损失没有下界：模型会一直学下去，让它越来越负。",
    "### A mask of my own": "### 自己做的遮罩",
    "What weighs 0 is not judged. Where the losses come back one by one there is a warning instead of an error, once: "
    "whatever you mask stays yours.": "权重为 0 的元素不作检查。如果逐个元素返回损失，就只警告一次而不报错：要屏蔽哪些，由你自己决定。",
    "### -1 marks missing binary labels": "### 用 -1 表示缺失的二分类标签",
    "torch takes −1 as a target like any other, and learns from it.": "torch 把 −1 当成普通的目标值，照学不误。",
    "### (N, 1) scores and (N,) labels": "### 得分是 (N, 1)，标签是 (N,)",
    "A network with one output.": "只有一个输出的网络。",
    "### Class indices as binary targets": "### 把类别编号当成二分类目标",
    "### Scores into BCELoss": "### 把得分传给了 BCELoss",
    "It takes probabilities. (And leaving the sigmoid out is the better way: see the mathematics.)": "它要的是概率。"
    "（其实不做 sigmoid 更好，原因见[数学公式](../math.md)，英文。）",
    "## Weights": "## 权重",
    "### A row instead of a vector": "### 给的是一行，不是向量",
    "One number per class, (C,).": "每个类别一个数，形状为 (C,)。",
    "### Not one weight per class": "### 权重的个数与类别数不符",
    "### A class that never occurs": "### 从未出现过的类别",
    "1/0 is inf. It passes, and the loss is inf or NaN.": "1/0 等于 inf。它能通过检查，损失却成了 inf 或 NaN。",
    "### Weights by name": "### 用名称指定权重",
    "scikit-learn takes the word; here the numbers are computed where you can see them.": "scikit-learn 认得这个词；"
    "在这里，权重要算出来，让你看得见。",
    "### pos_weight per channel": "### 每个通道一个 pos_weight",
    "torch binds it to the last axis; where W equals the number of channels it does so in silence.": "torch "
    "会让它作用在最后一维；如果 W 恰好等于通道数，连报错都没有。",
    "### pos_weight as [negative, positive]": "### 把 pos_weight 写成 [负类, 正类]",
    "It weighs positives relative to negatives: one number.": "它是正类相对于负类的权重，只有一个数。",
    "### num_classes is too small": "### num_classes 太小",
    "crossent only: torch has no such function.": "这是 crossent 独有的，torch 没有这个函数。",
    "## Options and calls": "## 选项与调用",
    "### Data in the constructor": "### 把数据传给了构造函数",
    "The classic missing pair of parentheses.": "经典错误：少写了一对括号。",
    "### An unknown reduction": "### 不认识的 reduction",
    "torch notices at the first call, crossent at once.": "torch 要到第一次调用才发现，crossent 当场就报。",
    "### Smoothing in per cent": "### 标签平滑写成了百分数",
    "A share, not a percentage. torch objects at the first call.": "应该写比例，而不是百分数。torch 要到第一次调用才报错。",
    "### Integer logits": "### logits 是整数",
    "### ignore_index with probabilities": "### 目标是概率，却给了 ignore_index",
    "Which position would index 0 be? Probabilities have none.": "概率目标里没有类别编号，编号 0 指的是哪个位置呢？",
    "### A transposed head": "### 输出层的权重转置了",
    "One row per class, as in `nn.Linear.weight`.": "每个类别一行，与 `nn.Linear.weight` 相同。",
}


def page() -> str:
    """The page as it should be.

    Raises:
        KeyError: a paragraph of the English page is not in Chinese yet.
    """
    pieces = _FENCED.split(ENGLISH.read_text(encoding="utf-8"))
    return "".join(piece if piece.startswith("```") else _translated(piece) for piece in pieces)


def _translated(prose: str) -> str:
    """The paragraphs in Chinese, with the empty lines between them."""
    return "\n\n".join(TEXTS[" ".join(text.split())] if text.strip() else text for text in prose.split("\n\n"))


if __name__ == "__main__":
    CHINESE.write_text(page(), encoding="utf-8")
