"""Training accuracy of the epoch from kept outputs: each one holds its graph."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    epoch_loss = torch.zeros(())
    for x in torch.randn(10, 16, 6):
        y = x[:, :3].argmax(1)
        loss = criterion(model(x), y)  # finding: graph-kept-across-batches
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss = epoch_loss.add(loss, alpha=0.1)  # finding: graph-kept-across-batches
    print(epoch, epoch_loss.detach().item())
