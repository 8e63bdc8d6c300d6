"""state_dict().copy() in a class that restores at the end."""
import torch
from torch import nn


class Fitter:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.SGD(net.parameters(), lr=1.0)
        self.best = (float("-inf"), None)

    def epoch(self, data):
        for x, y in data:
            self.opt.zero_grad()
            nn.functional.cross_entropy(self.net(x), y).backward()
            self.opt.step()

    def check(self, x, y):
        with torch.no_grad():
            score = (self.net(x).argmax(1) == y).float().mean().item()
        if score > self.best[0]:
            self.best = (score, self.net.state_dict().copy())  # finding: best-weights-alias


torch.manual_seed(3)
data = [(x, x[:, :3].argmax(1)) for x in torch.randn(10, 20, 6)]
fitter = Fitter(nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3)))
for _ in range(6):
    fitter.epoch(data[:8])
    fitter.check(*data[9])
fitter.net.load_state_dict(fitter.best[1])
