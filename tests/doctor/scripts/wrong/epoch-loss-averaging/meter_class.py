"""An AverageMeter that is updated without n."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class AverageMeter:
    def __init__(self):
        self.sum = self.count = 0

    def update(self, val, n=1):
        self.sum += val * n
        self.count += n

    @property
    def avg(self):
        return self.sum / self.count


torch.manual_seed(0)
x = torch.randn(210, 8)
loader = DataLoader(TensorDataset(x, x[:, :4].argmax(1)), batch_size=100, shuffle=True)
model = nn.Linear(8, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    meter = AverageMeter()
    for data, target in loader:
        loss = nn.functional.cross_entropy(model(data), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        meter.update(loss.item())  # finding: epoch-loss-averaging
    print(epoch, meter.avg)
