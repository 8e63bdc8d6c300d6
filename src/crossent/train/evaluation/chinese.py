"""The texts of this room in Chinese."""

from __future__ import annotations

from ...wording import Text

TEXTS = (
    Text("{what} could not be made: {kind}: {reason}", "{what}无法生成：{kind}：{reason}"),
    Text("Without a sample here, so without a recall: {names}.", "此处没有样本、因而没有召回率的类别：{names}。"),
    Text("There is no label that counts: no figure can be computed.", "没有计入的标签：无法计算指标。"),
    Text("There is no pixel that counts: no figure can be computed.", "没有计入的像素：无法计算指标。"),
    Text(
        "The model gave NaN for {broken} of {total} samples: their predictions mean nothing. ROC-AUC, average precision and calibration leave them out.",
        "模型对 {total} 个样本中的 {broken} 个给出 NaN：其预测没有意义。ROC-AUC、平均精度和校准都不计入它们。",
    ),
    Text("the lowest log loss on the validation samples", "在验证样本上对数损失最低"),
    Text("no validation sample could be used", "没有可用的验证样本"),
    Text(
        "every validation sample is right, so that more confidence always looks better",
        "验证样本全部正确，置信度越高看起来总是越好",
    ),
    Text("the logits of the validation samples say no more than chance", "验证样本的 logits 不比随机更有信息"),
    Text("no other threshold is better on validation samples left out", "在留出的验证样本上，没有更好的阈值"),
    Text("too few validation samples", "验证样本太少"),
    Text("the best F1 on validation", "验证集上 F1 最高"),
    Text("the best for all labels together", "对所有标签合计最佳"),
    Text("scikit-learn's {name}", "scikit-learn 的 {name}"),
    Text("TF-IDF with a linear SVM", "TF-IDF 加线性 SVM"),
    Text("TF-IDF and columns with a linear SVM", "TF-IDF 和各列加线性 SVM"),
)
