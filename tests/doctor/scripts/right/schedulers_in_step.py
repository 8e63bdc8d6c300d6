# Schedulers whose steps are what they are planned in: a cosine of all batches, of epochs, one that is cut short, warm
# restarts within an epoch, a slow exponential per batch, a step per epoch.
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(72, 6)
loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=12, shuffle=True)


def train(make, each_batch, epochs=4):
    model = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = make(optimizer)
    for epoch in range(epochs):
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
            if each_batch:
                scheduler.step()
        if not each_batch:
            scheduler.step()
    print(loss.item(), optimizer.param_groups[0]["lr"])


train(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=4 * len(loader)), True)
train(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=4), False)
train(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=200), False)
train(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=4), False, epochs=9)
train(lambda optimizer: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=3), True)
train(lambda optimizer: lr_scheduler.ExponentialLR(optimizer, gamma=0.98), True)
train(lambda optimizer: lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1), False)
train(lambda optimizer: lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5), True)
train(lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.1, epochs=4, steps_per_epoch=len(loader)), True)
train(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=24), False)
