# Dropout in an evaluation on purpose: Monte Carlo by modules in training mode, by repeated inputs; and a function that is
# told the mode.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(90, 6)
y = x[:, :3].argmax(1)


class Net(nn.Module):
    def __init__(self, always=False):
        super().__init__()
        self.first, self.drop, self.last = nn.Linear(6, 16), nn.Dropout(0.3), nn.Linear(16, 3)
        self.always = always

    def forward(self, x):
        x = F.dropout(self.first(x).relu(), 0.2, training=self.training or self.always)
        return self.last(self.drop(x))


def train(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.train()
    for rows in torch.randperm(70).split(14):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    return model.eval()


told = train(Net())
with torch.no_grad():
    print((told(x[70:]).argmax(1) == y[70:]).sum().item())
    told.drop.train()
    votes = sum(told(x[70:]).softmax(1) for _ in range(4))
    print((votes.argmax(1) == y[70:]).sum().item())
bayesian = train(Net(always=True))
with torch.no_grad():
    held_out = x[70:]
    votes = torch.stack([bayesian(held_out).argmax(1) for _ in range(5)])
    print(votes.mode(0)[0].eq(y[70:]).sum().item())
