# 余弦退火,调用顺序写反
import torch
import torch.nn as nn
import torch.optim as optim


class Trainer(object):
    def __init__(self, epochs):
        self.epochs = epochs
        self.model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
        self.optimizer = optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
        self.scheduler = optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=epochs)
        self.loss_function = nn.CrossEntropyLoss()

    def adjust(self):
        self.scheduler.step()  # finding: scheduler-before-optimizer

    def fit(self):
        for epoch in range(self.epochs):
            self.adjust()
            x = torch.randn(64, 8)
            y = (x[:, 0] > 0).long()
            for i in range(0, 64, 16):
                loss = self.loss_function(self.model(x[i:i + 16]), y[i:i + 16])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()


torch.manual_seed(0)
Trainer(4).fit()
