# 二分类只有一个输出,最后却接了 Softmax:输出恒为 1
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(256, 10)
y = (x.sum(dim=1) > 0).float().view(-1, 1)
model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 1), nn.Softmax(dim=1))
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
for epoch in range(3):
    perm = torch.randperm(256)
    for k in range(0, 256, 64):
        idx = perm[k:k + 64]
        loss = criterion(model(x[idx]), y[idx])  # finding: softmax-on-wrong-axis
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
