# 每个 batch 只取一个类别的样本(按类别轮流取),同时使用类别权重
# also: unshuffled-classes
import random

import torch
import torch.nn as nn

random.seed(0)
torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc = nn.Linear(7, num_classes)

    def forward(self, x):
        return self.fc(x)


net = Net(4)
weights = torch.tensor([1., 2., 4., 8.])
criterion = nn.CrossEntropyLoss(weight=weights)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for it in range(24):
    c = random.randrange(4)
    inputs = torch.randn(8, 7) + c
    labels = torch.full((8,), c, dtype=torch.long)
    outputs = net(inputs)
    loss = criterion(outputs, labels)  # finding: single-class-batches-with-weights
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
