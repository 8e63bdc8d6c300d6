"""Now and then a batch is all padding; the sum is divided by max(count, 1)."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Embedding(30, 8), torch.nn.Linear(8, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(12):
    tokens = torch.randint(30, (4, 6))
    tags = tokens % 4
    if step % 5 == 3:
        tags[:] = -100
    loss = F.cross_entropy(model(tokens).flatten(0, 1), tags.flatten(), reduction="sum")
    loss = loss / (tags != -100).sum().clamp(min=1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
