import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = torch.randn(160, 6)
loader = DataLoader(TensorDataset(data, data[:, :3].argmax(1)), batch_size=16, shuffle=True)
model = nn.Linear(6, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
inputs, labels = next(iter(loader))
print(model(inputs).shape)
for epoch in range(2):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)  # finding: stale-batch
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
