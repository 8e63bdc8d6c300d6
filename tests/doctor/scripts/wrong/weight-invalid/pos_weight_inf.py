# pos_weight = 负样本数 / 正样本数,某个标签没有正样本
# also: nan-loss
import torch
import torch.nn as nn


class Trainer:
    def __init__(self, labels):
        pos = labels.sum(0)
        neg = len(labels) - pos
        self.net = nn.Linear(6, labels.size(1))
        self.criterion = nn.BCEWithLogitsLoss(pos_weight=neg / pos)  # finding: weight-invalid
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def train_step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.criterion(self.net(x), y)
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
x = torch.randn(120, 6)
y = (x[:, :4] > 0).float()
y[:, 2] = 0
trainer = Trainer(y)
for idx in torch.randperm(120).split(20):
    trainer.train_step(x[idx], y[idx])
