"""Regression head; history list of loss tensors for plotting."""
import torch
from torch import nn


class Run:
    def __init__(self):
        self.net = nn.Sequential(nn.Linear(5, 20), nn.SiLU(), nn.Linear(20, 1))
        self.opt = torch.optim.RMSprop(self.net.parameters(), lr=1e-3)
        self.history = {"loss": []}

    def training_step(self, batch):
        x, y = batch
        return nn.functional.mse_loss(self.net(x), y)

    def fit(self, batches, epochs):
        for _ in range(epochs):
            for batch in batches:
                self.opt.zero_grad()
                loss = self.training_step(batch)
                loss.backward()
                self.opt.step()
                self.history["loss"].append(loss)  # finding: graph-kept-across-batches


torch.manual_seed(0)
run = Run()
run.fit([(x, x.sum(1, keepdim=True)) for x in torch.randn(20, 16, 5)], 4)
print([float(l.detach()) for l in run.history["loss"][-3:]])
