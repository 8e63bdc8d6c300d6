"""Five folds, a new model and optimizer each, evaluated without gradient."""
import torch
from torch import nn
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset

torch.manual_seed(0)
x = torch.randn(200, 6)
data = TensorDataset(x, x[:, :3].argmax(1))
folds = torch.randperm(200).chunk(5)
scores = []
for k in range(5):
    held_out = folds[k].tolist()
    rest = torch.cat([f for i, f in enumerate(folds) if i != k]).tolist()
    train = DataLoader(data, 32, sampler=SubsetRandomSampler(rest))
    test = DataLoader(data, 40, sampler=SubsetRandomSampler(held_out))
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.train()
    for _ in range(2):
        for xb, yb in train:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        scores.append(sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in test) / 40)
print(sum(scores) / 5)
