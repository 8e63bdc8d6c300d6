"""A Trainer counts its rows as it goes, and adds what its own step returns."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model):
        self.model = model
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        self.loss_sum, self.seen = 0.0, 0

    def step(self, x, y):
        loss = self.criterion(self.model(x).squeeze(1), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item(), y.size(0)

    def epoch(self, loader):
        self.loss_sum, self.seen = 0.0, 0
        for x, y in loader:
            loss, rows = self.step(x, y)
            self.loss_sum += loss  # finding: loss-sum-over-rows
            self.seen += len(y)
        return self.loss_sum / self.seen


torch.manual_seed(0)
x = torch.randn(256, 4)
trainer = Trainer(nn.Linear(4, 1))
loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).float()), batch_size=32, shuffle=True)
for _ in range(3):
    print(trainer.epoch(loader))
