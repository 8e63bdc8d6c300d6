# Steps that change nothing at first, or little: a warmup from 0, an optimizer that collects four steps, sparse gradients,
# a tiny learning rate in float32, a loss that is 0 already.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class EveryFourth(torch.optim.SGD):
    calls = 0

    def step(self, closure=None):
        self.calls += 1
        if self.calls % 4 == 0:
            super().step(closure)


def train(model, optimizer, loss_of, scheduler=None, steps=12):
    for _ in range(steps):
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
    print(loss.item())


def classes(model):
    x = torch.randn(16, 6)
    return F.cross_entropy(model(x), x[:, :3].argmax(1))


def hinge(model):
    return F.relu(-1 - model(torch.zeros(8, 6)).abs()).sum()


def words(model):
    ids = torch.randint(0, 30, (16, 4))
    return F.cross_entropy(model(ids), ids[:, 0] % 3)


model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
warmup = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(step - 9, 0) / 10)
train(model, optimizer, classes, warmup)
model = nn.Linear(6, 3)
train(model, EveryFourth(model.parameters(), lr=0.1), classes)
model = nn.Linear(6, 3)
train(model, torch.optim.Adam(model.parameters(), lr=1e-5), classes)
model = nn.EmbeddingBag(30, 3, sparse=True)
train(model, torch.optim.SparseAdam(model.parameters(), lr=1e-2), words)
model = nn.Linear(6, 3)
train(model, torch.optim.SGD(model.parameters(), lr=0.1), hinge)
