# 训练语义分割网络,把 logits 拉平后计算损失
import torch
import torch.nn as nn


class FCN(nn.Module):
    def __init__(self, n_class):
        super(FCN, self).__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(True))
        self.score = nn.Conv2d(8, n_class, 1)

    def forward(self, x):
        return self.score(self.features(x))


class Solver:
    n_class = 4

    def __init__(self):
        self.model = FCN(self.n_class)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.05, momentum=0.9)
        self.loss_fn = nn.CrossEntropyLoss(ignore_index=255)

    def compute_loss(self, logit, label):
        logit = logit.reshape(-1, self.n_class)
        label = label.reshape(-1)
        return self.loss_fn(logit, label)  # finding: class-axis-misplaced

    def train(self):
        self.model.train()
        for it in range(10):
            x = torch.rand(2, 1, 10, 10)
            y = (x[:, 0] * 3.99).long()
            self.optimizer.zero_grad()
            self.compute_loss(self.model(x), y).backward()
            self.optimizer.step()


torch.manual_seed(9)
Solver().train()
