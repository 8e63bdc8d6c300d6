"""Binary classification by a beginner: one output unit and CrossEntropyLoss."""
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(128, 4)
Y = (X[:, 0] > 0).float().view(-1, 1)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(5):
    prediction = model(X)
    loss = loss_fn(prediction, Y)  # finding: single-column-cross-entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
