import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(200, 8)
Y = (X[:, :4] > 0.2).float()
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(3):
    for idx in torch.randperm(200).split(50):
        optimizer.zero_grad()
        loss = criterion(net(X[idx]), Y[idx])  # finding: multi-hot-into-cross-entropy
        loss.backward()
        optimizer.step()
print(loss.item())
