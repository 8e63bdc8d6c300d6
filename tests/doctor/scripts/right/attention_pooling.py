"""Softmax attention and sigmoid gates inside; the head is linear."""
import torch
from torch import nn


class AttentivePool(nn.Module):
    def __init__(self, dim, classes):
        super().__init__()
        self.query = nn.Linear(dim, 1)
        self.gate = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, classes)

    def forward(self, x):
        attention = torch.softmax(self.query(x).squeeze(-1), dim=1)
        pooled = (attention.unsqueeze(-1) * x).sum(1)
        return self.out(pooled * torch.sigmoid(self.gate(pooled)))


torch.manual_seed(0)
model = AttentivePool(8, 8)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(10):
    x = torch.randn(16, 6, 8)
    loss = criterion(model(x), x.mean(1).argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
