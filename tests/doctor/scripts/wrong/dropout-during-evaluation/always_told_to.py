# dropout 写死 training=True
import torch
from torch import nn
from torch.nn.functional import dropout


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 24), nn.Linear(24, 1)

    def forward(self, x):
        hidden = torch.tanh(self.hidden(x))
        return self.out(dropout(hidden, p=0.3, training=True)).squeeze(-1)  # finding: dropout-during-evaluation


class Trainer:
    def __init__(self):
        self.model = Head()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-2)
        self.criterion = nn.BCEWithLogitsLoss()

    def epoch(self, x, y):
        self.model.train()
        for xb, yb in zip(x.split(16), y.split(16)):
            self.optimizer.zero_grad()
            self.criterion(self.model(xb), yb).backward()
            self.optimizer.step()

    @torch.no_grad()
    def score(self, x, y):
        self.model.eval()
        return ((self.model(x) > 0) == (y > 0.5)).float().mean().item()


torch.manual_seed(0)
x = torch.randn(96, 6)
y = (x.sum(1) > 0).float()
trainer = Trainer()
for _ in range(3):
    trainer.epoch(x[:64], y[:64])
    print(trainer.score(x[64:], y[64:]))
