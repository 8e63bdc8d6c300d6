# 训练时做了 Normalize，验证时忘了
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Pictures(Dataset):
    def __init__(self, n, normalize):
        self.x, self.normalize = torch.rand(n, 3, 4, 4), normalize
        self.y = (self.x.mean((1, 2, 3)) > 0.5).long()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return (self.x[i] - 0.5) / 0.25 if self.normalize else self.x[i], self.y[i]


def evaluate(model, loader):
    model.eval()
    losses = []
    with torch.no_grad():
        for x, y in loader:
            losses.append(F.cross_entropy(model(x), y).item())  # finding: inputs-on-another-scale
    return sum(losses) / len(losses)


torch.manual_seed(0)
train_loader = DataLoader(Pictures(96, True), 16, shuffle=True)
val_loader = DataLoader(Pictures(48, False), 16)
model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    print(epoch, evaluate(model, val_loader))
