# A class that TorchScript compiles uses a function of this file: it is looked up where the class stands.
import torch
from torch import nn


def warm(step: int) -> float:
    return min(1.0, (step + 1) / 8)


@torch.jit.script
class Warmup:
    def __init__(self, rate: float):
        self.rate = rate

    def at(self, step: int) -> float:
        return self.rate * warm(step)


torch.manual_seed(0)
x = torch.randn(320, 6)
y = x[:, :3].argmax(1)
model = nn.Linear(6, 3)
warmup = Warmup(0.1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
for step, rows in enumerate(torch.randperm(320).split(16)):
    optimizer.param_groups[0]["lr"] = warmup.at(step)
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
    loss.backward()
    optimizer.step()
print(round(loss.item(), 2))
