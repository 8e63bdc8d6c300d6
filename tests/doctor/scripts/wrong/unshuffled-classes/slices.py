# 数据按类别排好序,直接切片取 batch,没有打乱
import torch
import torch.nn as nn

torch.manual_seed(0)
pos = torch.randn(100, 5) + 1
neg = torch.randn(100, 5) - 1
x = torch.cat([neg, pos])
y = torch.cat([torch.zeros(100), torch.ones(100)]).long()

net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
batch_size = 10
for epoch in range(3):
    for start in range(0, len(x), batch_size):
        xb, yb = x[start:start + batch_size], y[start:start + batch_size]
        loss = loss_fn(net(xb), yb)  # finding: unshuffled-classes
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
