"""A pointer network: scaled dot products are the logits, candidates vary from batch to batch."""
import torch
import torch.nn.functional as F
from torch import nn


class Pointer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(6, 16)
        self.k = nn.Linear(6, 16)

    def forward(self, query, candidates):
        return torch.einsum("nd,nkd->nk", self.q(query), self.k(candidates)) / 4


torch.manual_seed(0)
model = Pointer()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(12):
    k = 3 + step % 4
    candidates = torch.randn(8, k, 6)
    y = torch.randint(k, (8,))
    query = candidates[torch.arange(8), y] + 0.1 * torch.randn(8, 6)
    loss = F.cross_entropy(model(query, candidates), y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
