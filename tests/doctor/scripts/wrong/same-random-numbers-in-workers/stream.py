# 可迭代数据集：每个 worker 给出同样的随机序列
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset


class Stream(IterableDataset):
    def __init__(self, n):
        self.n, self.generator = n, torch.Generator().manual_seed(1)

    def __iter__(self):
        for _ in range(self.n):
            x = torch.randn(5, generator=self.generator)
            yield x, int(x[0] > 0)


torch.manual_seed(0)
loader = DataLoader(Stream(40), batch_size=10, num_workers=2)  # finding: same-random-numbers-in-workers
net = nn.Linear(5, 2)
optimizer = torch.optim.Adam(net.parameters())
for x, y in loader:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
