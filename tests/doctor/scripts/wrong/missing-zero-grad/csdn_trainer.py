# 逻辑回归(二分类)
import torch
import torch.nn as nn


class LogisticRegression(nn.Module):
    def __init__(self):
        super(LogisticRegression, self).__init__()
        self.lr = nn.Linear(2, 1)

    def forward(self, x):
        return self.lr(x)


class Trainer:
    def __init__(self, model):
        self.model = model
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)

    def train(self, x, y, num_epochs):
        for epoch in range(num_epochs):
            out = self.model(x)
            loss = self.criterion(out, y)
            loss.backward()
            self.optimizer.step()  # finding: missing-zero-grad
            if (epoch + 1) % 5 == 0:
                print('epoch: {}, loss is {:.4f}'.format(epoch + 1, loss.item()))


torch.manual_seed(0)
x = torch.cat([torch.randn(50, 2) + 2, torch.randn(50, 2) - 2])
y = torch.cat([torch.zeros(50, 1), torch.ones(50, 1)])
Trainer(LogisticRegression()).train(x, y, 15)
