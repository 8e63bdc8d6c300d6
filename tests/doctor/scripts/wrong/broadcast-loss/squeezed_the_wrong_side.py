# 预测被 squeeze 成 (N,)，目标却是 (N, 1)
import warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.simplefilter("ignore")


class Trainer:
    def __init__(self, loss):
        self.model, self.loss = nn.Linear(5, 1), loss
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-2)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x).squeeze(), y)  # finding: broadcast-loss
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
x = torch.randn(64, 5)
y = x.sum(1, keepdim=True)
for loss in (F.smooth_l1_loss, F.l1_loss):
    trainer = Trainer(loss)
    print([trainer.step(a, b) for a, b in zip(x.split(16), y.split(16))])
