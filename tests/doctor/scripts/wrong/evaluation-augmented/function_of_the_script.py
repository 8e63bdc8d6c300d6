# 随机增强写在脚本自己的函数里，验证子集与训练子集共用同一个数据集
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

torch.manual_seed(0)
random.seed(0)


def augment(picture):
    if random.random() < 0.5:
        picture = picture.flip(-1)
    return picture


class Pictures(Dataset):
    def __init__(self, transform=None):
        self.x = torch.randn(200, 1, 6, 6)
        self.y = (self.x.mean((1, 2, 3)) > 0).long()
        self.transform = transform

    def __len__(self):
        return 200

    def __getitem__(self, i):
        picture = self.x[i]
        if self.transform is not None:
            picture = self.transform(picture)
        return picture, self.y[i]


pictures = Pictures(transform=augment)
train_part, val_part = Subset(pictures, range(160)), Subset(pictures, range(160, 200))
net = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    net.train()
    for a, b in DataLoader(train_part, 20, shuffle=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(a), b).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        for a, b in DataLoader(val_part, 20):
            print((net(a).argmax(1) == b).sum().item())  # finding: evaluation-augmented
