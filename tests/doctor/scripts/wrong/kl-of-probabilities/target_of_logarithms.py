# 目标是 log_softmax，却没有写 log_target=True
# also: nan-loss
import torch
import torch.nn.functional as F
from torch import nn


class Distiller:
    def __init__(self, teacher, student):
        self.teacher, self.student = teacher, student
        self.optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)

    def step(self, x):
        with torch.no_grad():
            wanted = F.log_softmax(self.teacher(x), dim=-1)
        given = F.log_softmax(self.student(x), dim=-1)
        loss = F.kl_div(given, wanted, reduction="batchmean")  # finding: kl-of-probabilities
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
distiller = Distiller(nn.Linear(6, 3), nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)))
for _ in range(6):
    print(distiller.step(torch.randn(24, 6)))
