"""Layers in a Python list are no parameters of the model, so the optimizer never sees them."""
import torch
import torch.nn.functional as F
from torch import nn


class Experts(nn.Module):
    def __init__(self, width, depth, classes):
        super().__init__()
        self.blocks = [nn.Linear(width, width) for _ in range(depth)]
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        for block in self.blocks:
            x = x + torch.tanh(block(x))
        return self.head(x)


def main():
    torch.manual_seed(0)
    model = Experts(8, 3, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # finding: parameters-not-in-optimizer
    for _ in range(10):
        x = torch.randn(16, 8)
        loss = F.cross_entropy(model(x), x[:, :4].argmax(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


main()
