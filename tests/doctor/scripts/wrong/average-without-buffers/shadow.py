import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Shadow(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.average = copy.deepcopy(model)

    def follow(self, model):
        weights = dict(model.named_parameters())
        with torch.no_grad():
            for name, mean in self.average.named_parameters():
                mean.copy_(0.9 * mean + 0.1 * weights[name])

    def forward(self, x):
        return self.average(x)


def validate(model, loader, criterion):
    model.eval()
    with torch.no_grad():
        return sum(criterion(model(x), y).item() for x, y in loader) / len(loader)  # finding: average-without-buffers


torch.manual_seed(0)
x = torch.randn(120, 1, 6, 6) + 2
y = (x.mean((1, 2, 3)) > 2).long()
train_loader = DataLoader(TensorDataset(x[:96], y[:96]), 16, shuffle=True)
val_loader = DataLoader(TensorDataset(x[96:], y[96:]), 12)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
shadow, criterion = Shadow(model), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(3):
    model.train()
    for xb, yb in train_loader:
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()
        shadow.follow(model)
    print(epoch, validate(shadow, val_loader, criterion))
