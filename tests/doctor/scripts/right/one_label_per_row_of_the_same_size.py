# Labels that are as many as the ids, but of something else; and padding that is a word like any other.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
ids = torch.randint(0, 12, (96, 6))
other = torch.randint(0, 4, (96, 6))
embed, head = nn.Embedding(12, 16, padding_idx=0), nn.Linear(16, 4)
optimizer = torch.optim.Adam([*embed.parameters(), *head.parameters()], lr=1e-2)
for rows in torch.randperm(96).split(12):
    optimizer.zero_grad()
    loss = F.cross_entropy(head(embed(ids[rows])).flatten(0, 1), other[rows].flatten())
    loss.backward()
    optimizer.step()
print(loss.item())
