class AverageMeter(object):
    """Computes and stores the average and current value"""
    def __init__(self): self.reset()
    def reset(self): self.val = self.avg = self.sum = self.count = 0
    def update(self, val, n=1):
        self.val = val; self.sum += val; self.count += n; self.avg = self.sum / self.count

import torch, torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
X = torch.randn(320, 8); y = X[:, :3].argmax(1)
loader = DataLoader(TensorDataset(X, y), 32, shuffle=True)
net = nn.Linear(8, 3); opt = torch.optim.SGD(net.parameters(), .1)
for ep in range(3):
    losses = AverageMeter()
    for a, b in loader:
        l = nn.functional.cross_entropy(net(a), b)
        opt.zero_grad(); l.backward(); opt.step()
        losses.update(l.item(), b.size(0))  # finding: loss-sum-over-rows
    print(ep, losses.avg)
