# set_epoch 调用在了验证采样器上
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

torch.manual_seed(0)
x = torch.randn(96, 5)
y = (x[:, 0] > 0).long()
train_set, val_set = TensorDataset(x[:72], y[:72]), TensorDataset(x[72:], y[72:])
train_sampler = DistributedSampler(train_set, num_replicas=1, rank=0)
val_sampler = DistributedSampler(val_set, num_replicas=1, rank=0, shuffle=False)
train_loader = DataLoader(train_set, 12, sampler=train_sampler)  # finding: sampler-without-set-epoch
val_loader = DataLoader(val_set, 12, sampler=val_sampler)
net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(2):
    val_sampler.set_epoch(epoch)
    for xb, yb in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(xb), yb).backward()
        optimizer.step()
    with torch.no_grad():
        print(sum((net(xb).argmax(1) == yb).sum().item() for xb, yb in val_loader))
