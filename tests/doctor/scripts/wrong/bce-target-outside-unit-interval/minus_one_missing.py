import torch
import torch.nn.functional as F
from torch import nn


class MultiTask(nn.Module):
    """Twelve toxicity assays; an assay that was not run is labelled -1."""

    def __init__(self, tasks):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, tasks))

    def forward(self, x):
        return self.net(x)


def batches(n):
    for _ in range(n):
        x = torch.randn(32, 16)
        y = (x[:, :12] > 0).float()
        y[torch.rand_like(y) < 0.3] = -1
        yield x, y


def train(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for x, y in batches(10):
        loss = F.binary_cross_entropy_with_logits(model(x), y)  # finding: bce-target-outside-unit-interval
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
train(MultiTask(12))
