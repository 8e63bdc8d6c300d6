"""Token tagging where now and then a whole batch is padding."""
# also: nan-loss
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(30, 16), nn.Linear(16, 5))
criterion = nn.CrossEntropyLoss(ignore_index=-100)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(12):
    tokens = torch.randint(1, 30, (8, 6))
    tags = tokens % 5
    if step == 7:
        tags[:] = -100
    logits = model(tokens)
    loss = criterion(logits.view(-1, 5), tags.view(-1))  # finding: all-targets-ignored
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
