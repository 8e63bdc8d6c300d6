import random

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset


class Points(Dataset):
    def __init__(self, n):
        self.x = torch.randn(n, 5)
        self.y = (self.x.sum(1) > 0).float()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


random.seed(0)
torch.manual_seed(0)
data = Points(120)
numbers = list(range(120))
random.shuffle(numbers)
train_part = Subset(data, numbers[:100])
random.shuffle(numbers)
val_part = Subset(data, numbers[100:])
net = nn.Linear(5, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    net.train()
    for x, y in DataLoader(train_part, batch_size=20, shuffle=True):
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(net(x).squeeze(1), y).backward()
        optimizer.step()
    net.eval()
    right = 0
    with torch.no_grad():
        for x, y in DataLoader(val_part, batch_size=20):
            right += ((net(x).squeeze(1) > 0) == (y > 0.5)).sum().item()  # finding: same-rows-in-evaluation
    print(epoch, right)
