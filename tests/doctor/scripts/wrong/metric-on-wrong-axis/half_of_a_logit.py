import torch
from torch import nn


class Trainer:
    def __init__(self, model):
        self.model, self.criterion = model, nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def fit(self, x, y):
        self.model.train()
        for xb, yb in zip(x.split(16), y.split(16)):
            self.optimizer.zero_grad()
            self.criterion(self.model(xb), yb).backward()
            self.optimizer.step()

    @torch.no_grad()
    def accuracy(self, x, y):
        self.model.eval()
        scores = self.model(x)
        return ((scores > 0.5).float() == y).float().mean().item()  # finding: metric-on-wrong-axis


torch.manual_seed(0)
x = torch.randn(128, 5)
y = (x.sum(1, keepdim=True) > 0).float()
trainer = Trainer(nn.Linear(5, 1))
for _ in range(3):
    trainer.fit(x[:96], y[:96])
    print(trainer.accuracy(x[96:], y[96:]))
