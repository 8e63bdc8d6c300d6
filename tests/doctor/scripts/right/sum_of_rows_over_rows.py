"""Three sums that are right: rows times the mean over the rows, a sum over the rows, and means over the batches."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(200, 6)
data = TensorDataset(x, x[:, :3].argmax(1))
loader = DataLoader(data, batch_size=40, shuffle=True)
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    by_rows, by_sum, by_batches = 0.0, 0.0, 0.0
    for inputs, labels in loader:
        scores = model(inputs)
        loss = F.cross_entropy(scores, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        by_rows += loss.item() * inputs.size(0)
        by_sum += F.cross_entropy(scores, labels, reduction="sum").item()
        by_batches += loss.item()
    print(by_rows / len(loader.dataset), by_sum / len(data), by_batches / len(loader))
