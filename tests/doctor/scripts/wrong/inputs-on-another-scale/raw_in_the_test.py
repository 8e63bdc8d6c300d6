import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
pixels = torch.randint(0, 256, (160, 1, 6, 6)).float()
y = (pixels[:, 0, :3].mean((1, 2)) > 128).long()
train_loader = DataLoader(TensorDataset(pixels[:128] / 255, y[:128]), 16, shuffle=True)
test_loader = DataLoader(TensorDataset(pixels[128:], y[128:]), 16)
model = nn.Sequential(nn.Flatten(), nn.Linear(36, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    model.eval()
    right = 0
    with torch.no_grad():
        for x, y in test_loader:
            right += (model(x).argmax(1) == y).sum().item()  # finding: inputs-on-another-scale
    print(epoch, right)
