import os

import torch
from torch import nn


class Trainer:
    def __init__(self, resume=None):
        self.model = nn.Linear(8, 1)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
        self.criterion = nn.BCEWithLogitsLoss()
        self.step = 0
        if resume and os.path.exists(resume):
            self.load(resume)

    def save(self, path):
        torch.save({"net": self.model.state_dict(), "opt": self.optimizer.state_dict(), "step": self.step}, path)

    def load(self, path):
        saved = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(saved["net"])  # finding: resume-without-optimizer
        self.step = saved.get("step", 0)

    def fit(self, steps):
        for _ in range(steps):
            x = torch.randn(16, 8)
            loss = self.criterion(self.model(x).squeeze(1), (x.sum(1) > 0).float())
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.step += 1
        print(self.step, loss.item())


torch.manual_seed(0)
first = Trainer()
first.fit(6)
first.save("run.ckpt")
Trainer(resume="run.ckpt").fit(6)
