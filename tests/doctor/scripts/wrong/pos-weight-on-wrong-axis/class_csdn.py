# 多通道边缘检测,正负样本不均衡,使用 pos_weight
import torch
import torch.nn as nn


class Edge(nn.Module):
    def __init__(self, num_class=4):
        super().__init__()
        self.conv = nn.Conv2d(3, num_class, 1)

    def forward(self, x):
        return self.conv(x)


class Trainer:
    def __init__(self):
        self.model = Edge()
        pos = torch.tensor([2., 4., 8., 16.])
        self.criterion = nn.BCEWithLogitsLoss(pos_weight=pos)  # finding: pos-weight-on-wrong-axis
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)

    def run(self, steps):
        for _ in range(steps):
            x = torch.rand(2, 3, 4, 4)
            y = (torch.rand(2, 4, 4, 4) > 0.8).float()
            out = self.model(x)
            loss = self.criterion(out, y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


torch.manual_seed(0)
Trainer().run(8)
