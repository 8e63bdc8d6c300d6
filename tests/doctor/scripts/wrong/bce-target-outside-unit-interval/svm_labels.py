# 标签是 -1 / +1(从 SVM 数据集复制过来的)
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 1)
        self.criterion = nn.BCEWithLogitsLoss()

    def forward(self, x, y):
        return self.criterion(self.linear(x)[:, 0], y)  # finding: bce-target-outside-unit-interval


torch.manual_seed(0)
x = torch.randn(160, 4)
y = torch.sign(x[:, 0] + 0.01)
model = Model()
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for x_batch, y_batch in DataLoader(TensorDataset(x, y), 16, shuffle=True):
    opt.zero_grad()
    loss = model(x_batch, y_batch)
    loss.backward()
    opt.step()
