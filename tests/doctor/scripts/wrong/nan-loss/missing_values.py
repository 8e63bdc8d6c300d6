"""One row of the table has a missing value."""
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
table = torch.randn(128, 6)
target = (table[:, 0] > 0).float()
table[77, 2] = float("nan")


class Tabular(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(6, 12), torch.nn.ReLU(), torch.nn.Linear(12, 1))

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def train():
    model = Tabular()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(2):
        for x, y in DataLoader(TensorDataset(table, target), batch_size=32, shuffle=True):
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(model(x), y)  # finding: nan-loss
            loss.backward()
            optimizer.step()
    return model


train()
