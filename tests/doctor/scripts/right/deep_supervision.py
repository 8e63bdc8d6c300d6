"""Auxiliary heads in training only: in eval mode they are skipped, and one is dropped at random in training."""
import torch
import torch.nn.functional as F
from torch import nn


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
        self.aux = nn.Linear(16, 4)
        self.extra = nn.Linear(16, 16)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        h = self.stem(x)
        if not self.training:
            return self.head(h)
        if torch.rand(()) < 0.5:
            h = h + self.extra(h)
        return self.head(h), self.aux(h)


torch.manual_seed(0)
model = Inception()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.train()
for _ in range(12):
    x = torch.randn(24, 8)
    y = x[:, :4].argmax(1)
    main, aux = model(x)
    loss = F.cross_entropy(main, y) + 0.4 * F.cross_entropy(aux, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
