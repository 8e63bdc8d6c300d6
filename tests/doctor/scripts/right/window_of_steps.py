"""The mean of the last few steps, begun anew each time; the batches of an epoch are not all of one size."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(230, 6)
loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=50, shuffle=True)
model, criterion = nn.Linear(6, 3), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
print_every, running_loss = 2, 0.0
for epoch in range(3):
    for i, (inputs, labels) in enumerate(loader):
        loss = criterion(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        if i % print_every == print_every - 1:
            print(f"[{epoch}, {i + 1}] {running_loss / print_every:.3f}")
            running_loss = 0.0
