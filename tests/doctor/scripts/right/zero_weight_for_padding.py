"""The padding class has weight 0: an ignore_index by other means."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
weight = torch.ones(6)
weight[0] = 0
model = torch.nn.Sequential(torch.nn.Embedding(40, 12), torch.nn.Linear(12, 6))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(12):
    tokens = torch.randint(40, (8, 9))
    tags = 1 + tokens % 5
    tags[:, 7:] = 0
    loss = F.cross_entropy(model(tokens).view(-1, 6), tags.view(-1), weight=weight)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
