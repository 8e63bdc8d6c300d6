"""A trainer of our own: validation_epoch calls eval(), the next training epoch does not call train()."""
import torch
import torch.nn.functional as F
from torch import nn


class Module(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 24), nn.Dropout(0.4), nn.ReLU(), nn.Linear(24, 3))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch):
        x, y = batch
        logits = self(x)  # finding: eval-mode-during-training
        return F.cross_entropy(logits, y)

    def validation_step(self, batch):
        x, y = batch
        return (self(x).argmax(1) == y).float().mean()


class Trainer:
    def __init__(self, module):
        self.module = module
        self.optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)

    def training_epoch(self, batches):
        for batch in batches:
            loss = self.module.training_step(batch)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def validation_epoch(self, batches):
        self.module.eval()
        with torch.no_grad():
            return torch.stack([self.module.validation_step(b) for b in batches]).mean().item()

    def fit(self, train, val, epochs):
        for _ in range(epochs):
            self.training_epoch(train)
            print(self.validation_epoch(val))


torch.manual_seed(0)
data = [(x, x[:, :3].argmax(1)) for x in torch.randn(12, 16, 6)]
Trainer(Module()).fit(data[:9], data[9:], 3)
