"""A fastai-like Learner: batch, prediction and loss live on self."""
import torch
from torch import nn
from torch.nn.functional import cross_entropy, softmax
from torch.utils.data import DataLoader, TensorDataset


class Learner:
    def __init__(self, dls, model, loss_func, opt_func=torch.optim.Adam, lr=1e-2):
        self.dls, self.model, self.loss_func, self.opt = dls, model, loss_func, opt_func(model.parameters(), lr)

    def one_batch(self, batch):
        self.xb, self.yb = batch
        self.pred = self.model(self.xb)
        self.loss = self.loss_func(self.pred, self.yb)  # finding: softmax-before-cross-entropy
        if self.model.training:
            self.loss.backward()
            self.opt.step()
            self.opt.zero_grad()

    def fit(self, n):
        for self.epoch in range(n):
            self.model.train()
            for batch in self.dls[0]:
                self.one_batch(batch)
            self.model.eval()
            with torch.no_grad():
                for batch in self.dls[1]:
                    self.one_batch(batch)


class Probs(nn.Module):
    def forward(self, x):
        return softmax(x, 1)


torch.manual_seed(0)
x = torch.randn(192, 9)
y = x[:, :6].argmax(1)
dls = [DataLoader(TensorDataset(x[:128], y[:128]), 32, shuffle=True), DataLoader(TensorDataset(x[128:], y[128:]), 32)]
Learner(dls, nn.Sequential(nn.Linear(9, 6), Probs()), cross_entropy).fit(3)
