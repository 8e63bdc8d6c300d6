# Several backward passes for one step that need no division: divided losses, sums, gradients divided or clipped afterwards,
# two tasks, two networks in one function.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(96, 6)
y = x[:, :3].argmax(1)


def train(divide=1, reduction="mean", after=None, second=False):
    model, other = nn.Linear(6, 3), nn.Linear(6, 3)
    optimizer = torch.optim.SGD([*model.parameters(), *(other.parameters() if second else ())], lr=0.1)
    for rows in torch.randperm(96).view(6, 2, 8):
        optimizer.zero_grad()
        for part in rows:
            (F.cross_entropy(model(x[part]), y[part], reduction=reduction) / divide).backward()
            if second:
                F.cross_entropy(other(x[part]), (y[part] + 1) % 3).backward()
                break
        if after is not None:
            after([p for p in model.parameters()])
        optimizer.step()


def halve(parameters):
    for parameter in parameters:
        parameter.grad /= 2


train(divide=2)
train(divide=16, reduction="sum")
train(after=halve)
train(after=lambda parameters: nn.utils.clip_grad_norm_(parameters, 0.1))
train(second=True)


def backward(model, rows):
    F.cross_entropy(model(x[rows]), y[rows]).backward()


pair = [nn.Linear(6, 3) for _ in range(2)]
optimizers = [torch.optim.SGD(model.parameters(), lr=0.1) for model in pair]
for rows in torch.randperm(96).split(16):
    for model, optimizer in zip(pair, optimizers):
        optimizer.zero_grad()
        backward(model, rows)
    for optimizer in optimizers:
        optimizer.step()
print(F.cross_entropy(pair[0](x), y).item())
