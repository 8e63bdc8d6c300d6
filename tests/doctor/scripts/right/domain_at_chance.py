# Domains that are not to be told apart: their loss stays at log 2 on purpose, beside one that is learnt.
import torch
from torch import nn

torch.manual_seed(0)


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
        self.classes, self.domains = nn.Linear(16, 3), nn.Linear(16, 2)

    def forward(self, x):
        features = self.body(x)
        return self.classes(features), self.domains(Reverse.apply(features))


x = torch.randn(600, 8)
y = x[:, :3].argmax(1)
domain = torch.randint(2, (600,))
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(310):
    rows = torch.randint(600, (64,))
    classes, domains = model(x[rows])
    task = nn.functional.cross_entropy(classes, y[rows])
    loss = task + nn.functional.cross_entropy(domains, domain[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(step, round(task.item(), 3))
