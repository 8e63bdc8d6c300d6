import numpy as np
import torch
from torch import nn


class Scaler:
    def fit(self, x):
        self.mean, self.deviation = x.mean(0), x.std(0)
        return self

    def transform(self, x):
        return (x - self.mean) / self.deviation


rng = np.random.default_rng(0)
torch.manual_seed(0)
table = rng.normal([40, 170, 70], [12, 9, 14], size=(200, 3)).astype("float32")
label = (table[:, 2] > 70).astype("float32")
scaler = Scaler().fit(table[:150])
train_x, test_x = torch.from_numpy(scaler.transform(table[:150])), torch.from_numpy(table[150:])
train_y, test_y = torch.from_numpy(label[:150]), torch.from_numpy(label[150:])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, 1))

    def forward(self, x):
        return self.layers(x).squeeze(1)


net = Net()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    net.train()
    for rows in torch.randperm(150).split(30):
        optimizer.zero_grad()
        criterion(net(train_x[rows]), train_y[rows]).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        print(criterion(net(test_x), test_y).item())  # finding: inputs-on-another-scale
