import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import OneCycleLR


def train(model, optimizer, scheduler, batches):
    for x, y in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        scheduler.step()  # finding: scheduler-before-optimizer
        optimizer.step()


torch.manual_seed(0)
net = torch.nn.Linear(4, 4)
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
sched = OneCycleLR(opt, max_lr=1e-2, total_steps=20)
train(net, opt, sched, [(x, x.argmax(1)) for x in torch.randn(12, 8, 4)])
