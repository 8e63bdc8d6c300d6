"""Labels 1..5 for five outputs: the script dies of it in the first batch or so."""
# exit: 1
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(100, 6)
y = X[:, :5].argmax(1) + 1
net = nn.Linear(6, 5)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    for i in range(0, 100, 20):
        optimizer.zero_grad()
        loss = criterion(net(X[i:i + 20]), y[i:i + 20])  # finding: target-out-of-range
        loss.backward()
        optimizer.step()
