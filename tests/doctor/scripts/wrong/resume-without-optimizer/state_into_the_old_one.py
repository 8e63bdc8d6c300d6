# The optimizer's state is loaded, and then a new optimizer is built.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(96, 6)
y = x[:, :3].argmax(1)


class Session:
    def __init__(self):
        self.net = nn.Linear(6, 3)
        self.epoch = 0
        self.build()

    def build(self):
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9)

    def save(self):
        torch.save({"net": self.net.state_dict(), "opt": self.optimizer.state_dict(), "epoch": self.epoch}, "run.tar")

    def restore(self):
        kept = torch.load("run.tar")
        self.optimizer.load_state_dict(kept["opt"])
        self.net.load_state_dict(kept["net"])  # finding: resume-without-optimizer
        self.epoch = kept["epoch"]
        self.build()

    def train(self, until):
        while self.epoch < until:
            for xb, yb in zip(x.split(24), y.split(24), strict=True):
                self.optimizer.zero_grad()
                F.cross_entropy(self.net(xb), yb).backward()
                self.optimizer.step()
            self.epoch += 1
            self.save()


Session().train(2)
session = Session()
session.restore()
session.train(4)
