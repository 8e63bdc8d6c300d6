"""Several tags per row, made a distribution before they enter cross_entropy."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Linear(8, 5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(10):
    x = torch.randn(24, 8)
    tags = (x[:, :5] > 0).float()
    tags[:, 0] = tags[:, 0].where(tags.sum(1) > 0, torch.ones(24))
    loss = F.cross_entropy(model(x), tags / tags.sum(1, keepdim=True))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
