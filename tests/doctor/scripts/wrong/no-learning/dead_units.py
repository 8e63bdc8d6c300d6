# The biases of the hidden layer start at -30: no unit is ever active, and every row gets the same score.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 32)
        self.out = nn.Linear(32, 1)
        nn.init.constant_(self.hidden.bias, -30.0)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x))).squeeze(1)


class Trainer:
    def __init__(self, net, rate):
        self.net = net
        self.optimizer = torch.optim.Adam(net.parameters(), lr=rate)

    def step(self, x, y):
        self.net.train()
        loss = F.binary_cross_entropy_with_logits(self.net(x), y)  # finding: no-learning
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def fit(self, x, y, steps, size=32):
        for number in range(steps):
            rows = torch.randint(len(x), (size,))
            loss = self.step(x[rows], y[rows])
            if number % 100 == 99:
                print(number, f"{loss:.3f}")


x = torch.randn(400, 6)
y = (x.sum(1) > 0).float()
Trainer(Net(), 0.01).fit(x, y, 320)
