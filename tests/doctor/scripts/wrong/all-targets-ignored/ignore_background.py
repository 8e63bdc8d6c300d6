"""ignore_index=0 for the background; some crops hold nothing else."""
# also: nan-loss unused-outputs
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Conv2d(1, 3, 3, padding=1)
criterion = nn.CrossEntropyLoss(ignore_index=0)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
history = []
for crop in range(20):
    image = torch.rand(2, 1, 6, 6)
    mask = torch.randint(1, 3, (2, 6, 6)) if crop % 4 else torch.zeros(2, 6, 6, dtype=torch.long)
    loss = criterion(model(image), mask)  # finding: all-targets-ignored
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())
