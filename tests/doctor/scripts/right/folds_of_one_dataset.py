# Cross validation: what one fold trains on, another one evaluates; the weights are set back in between. The rows are
# 0 and 1, of which many are alike.
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset

torch.manual_seed(0)
x = torch.randint(0, 2, (90, 6)).float()
data = TensorDataset(x, (x.sum(1) > 3).long())
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
start = {name: value.clone() for name, value in model.state_dict().items()}
for fold in torch.randperm(90).split(30):
    model.load_state_dict(start)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    held_out = set(fold.tolist())
    rest = [row for row in range(90) if row not in held_out]
    train_loader = DataLoader(data, 15, sampler=SubsetRandomSampler(rest))
    val_loader = DataLoader(data, 15, sampler=SubsetRandomSampler(fold.tolist()))
    for epoch in range(2):
        model.train()
        for xb, yb in train_loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            print(sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in val_loader) / 30)
