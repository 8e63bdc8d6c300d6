import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset


class Signals(Dataset):
    def __init__(self, augment):
        self.augment = augment
        self.x = np.random.default_rng(0).normal(size=(90, 12)).astype("float32")

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        x, y = self.x[i], int(self.x[i].sum() > 0)
        if self.augment:
            x = np.roll(x, np.random.randint(12))
        return torch.from_numpy(x), y


def epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    total = 0.0
    for x, y in loader:
        with torch.set_grad_enabled(optimizer is not None):
            loss = criterion(model(x), y)  # finding: evaluation-augmented
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item()
    return total / len(loader)


torch.manual_seed(0)
np.random.seed(0)
data = Signals(augment=True)
order = torch.randperm(90).tolist()
train_loader = DataLoader(Subset(data, order[:60]), 15, shuffle=True)
val_loader = DataLoader(Subset(data, order[60:]), 15)
model = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(2):
    print(epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer), epoch(model, val_loader, nn.CrossEntropyLoss()))
