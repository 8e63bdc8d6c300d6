import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
features = torch.randn(256, 6)
labels = (features.sum(1, keepdim=True) > 0).float()
loader = DataLoader(TensorDataset(features, labels), batch_size=32, shuffle=True)

net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
criterion = nn.BCEWithLogitsLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1)

for epoch in range(2):
    for xb, yb in loader:
        opt.zero_grad()
        pred = net(xb)
        loss = criterion(pred, yb)  # finding: sigmoid-before-bce-with-logits
        loss.backward()
        opt.step()

with torch.no_grad():
    print("accuracy", ((net(features) > 0.5).float() == labels).float().mean().item())
