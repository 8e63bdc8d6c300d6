"""Zipf's classes: the rare ones come late or not at all in a short run."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
prior = 1 / torch.arange(1, 41).float() ** 1.5
model = torch.nn.Linear(12, 40)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(12):
    y = torch.multinomial(prior, 32, replacement=True)
    loss = F.cross_entropy(model(torch.randn(32, 12) + y[:, None] / 10), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
