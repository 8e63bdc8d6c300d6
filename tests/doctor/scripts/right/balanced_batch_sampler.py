"""A batch sampler of our own draws P classes with K samples each."""
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Sampler, TensorDataset


class PK(Sampler):
    def __init__(self, labels, k, batches):
        self.rows = [torch.nonzero(labels == c).flatten() for c in labels.unique()]
        self.k, self.batches = k, batches

    def __len__(self):
        return self.batches

    def __iter__(self):
        for _ in range(self.batches):
            yield torch.cat([rows[torch.randperm(len(rows))[: self.k]] for rows in self.rows]).tolist()


torch.manual_seed(0)
y = torch.arange(5).repeat_interleave(30)
x = torch.randn(150, 6) + y[:, None]
model = torch.nn.Linear(6, 5)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for xb, yb in DataLoader(TensorDataset(x, y), batch_sampler=PK(y, 4, 12)):
    loss = F.cross_entropy(model(xb), yb)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
