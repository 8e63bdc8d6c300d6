# 直接把网络输出传给 kl_div
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(90, 6)
soft = torch.softmax(2 * x[:, :4], -1)
model = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(2):
    for xb, pb in zip(x.split(30), soft.split(30), strict=True):
        optimizer.zero_grad()
        loss = F.kl_div(model(xb), pb, reduction="batchmean")  # finding: kl-of-probabilities
        loss.backward()
        optimizer.step()
