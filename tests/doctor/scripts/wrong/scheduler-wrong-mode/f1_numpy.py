"""ReduceLROnPlateau follows a macro F1 that numpy computed."""
import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau


def f1_macro(truth, predicted, classes):
    scores = []
    for c in range(classes):
        tp = np.sum((truth == c) & (predicted == c))
        denominator = np.sum(truth == c) + np.sum(predicted == c)
        scores.append(2 * tp / denominator if denominator else 0.0)
    return float(np.mean(scores))


torch.manual_seed(0)
x = torch.randn(400, 8)
y = x[:, :4].argmax(1)
net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
scheduler = ReduceLROnPlateau(optimizer, "min", factor=0.5, patience=0)  # finding: scheduler-wrong-mode
for epoch in range(8):
    net.train()
    for rows in torch.randperm(300).split(50):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        predicted = net(x[300:]).argmax(1).numpy()
    f1 = f1_macro(y[300:].numpy(), predicted, 4)
    scheduler.step(f1)
    print(epoch, round(f1, 3), optimizer.param_groups[0]["lr"])
