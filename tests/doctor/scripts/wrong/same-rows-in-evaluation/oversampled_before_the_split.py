# 先过采样再划分：少数类的副本同时落在训练集和验证集
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(150, 8)
y = (x[:, 0] > 0.9).long()
rare = (y == 1).nonzero().flatten()
rows = torch.cat([torch.arange(150), rare.repeat(4)])
rows = rows[torch.randperm(len(rows))]
x, y = x[rows], y[rows]
cut = len(x) * 3 // 4
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(3):
    model.train()
    for part in torch.randperm(cut).split(16):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[part]), y[part])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        scores = model(x[cut:])  # finding: same-rows-in-evaluation
        print(epoch, (scores.argmax(1) == y[cut:]).float().mean().item())
