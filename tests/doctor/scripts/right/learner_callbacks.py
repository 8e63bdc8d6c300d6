"""A fastai-like Learner with callbacks, one-cycle and best weights by deepcopy."""
from copy import deepcopy

import torch
from torch import nn, tensor
from torch.nn import functional as F


class Callback:
    def before_fit(self, learner): ...
    def after_epoch(self, learner): ...
    def after_fit(self, learner): ...


class SaveModel(Callback):
    def before_fit(self, learner):
        self.best, self.state = float("inf"), None

    def after_epoch(self, learner):
        if learner.valid_loss < self.best:
            self.best, self.state = learner.valid_loss, deepcopy(learner.model.state_dict())

    def after_fit(self, learner):
        learner.model.load_state_dict(self.state)


class Learner:
    def __init__(self, model, train, valid, callbacks):
        self.model, self.train, self.valid, self.callbacks = model, train, valid, callbacks
        self.opt = torch.optim.Adam(model.parameters())

    def fit_one_cycle(self, epochs, lr):
        sched = torch.optim.lr_scheduler.OneCycleLR(self.opt, lr, total_steps=epochs * len(self.train))
        for c in self.callbacks:
            c.before_fit(self)
        for _ in range(epochs):
            self.model.train()
            for xb, yb in self.train:
                self.opt.zero_grad()
                F.cross_entropy(self.model(xb), yb).backward()
                self.opt.step()
                sched.step()
            self.model.eval()
            with torch.inference_mode():
                sums = [F.cross_entropy(self.model(xb), yb, reduction="sum") for xb, yb in self.valid]
                self.valid_loss = float(sum(sums)) / sum(len(yb) for _, yb in self.valid)
            for c in self.callbacks:
                c.after_epoch(self)
        for c in self.callbacks:
            c.after_fit(self)


torch.manual_seed(42)
data = [(x, x[:, :5].argmax(1)) for x in torch.randn(14, 20, 9)]
assert tensor(0) == 0
net = nn.Sequential(nn.Linear(9, 30), nn.BatchNorm1d(30), nn.ReLU(), nn.Dropout(0.1), nn.Linear(30, 5))
Learner(net, data[:10], data[10:], [SaveModel()]).fit_one_cycle(3, 1e-2)
