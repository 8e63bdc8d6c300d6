# torch.max 返回 (values, indices)，这里把最大值当成了类别
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(150, 4)
y = (x[:, 0] > 0).long()
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(2):
    correct = 0
    for rows in torch.randperm(150).split(30):
        outputs = net(x[rows])
        loss = criterion(outputs, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        predicted, _ = torch.max(outputs, 1)  # finding: metric-on-wrong-axis
        correct += (predicted == y[rows]).sum().item()
    print(epoch, correct / 150)
