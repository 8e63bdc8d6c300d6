import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Augmented(Dataset):
    def __init__(self, n):
        self.x = torch.randn(n, 6)
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        noise = torch.from_numpy(self.rng.normal(size=6)).float()
        return self.x[i] + 0.1 * noise, int(self.x[i, :3].argmax())


torch.manual_seed(0)
loader = DataLoader(Augmented(64), batch_size=16, num_workers=2)  # finding: same-random-numbers-in-workers
model = nn.Linear(6, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for xb, yb in loader:
    optimizer.zero_grad()
    loss = F.cross_entropy(model(xb), yb)
    loss.backward()
    optimizer.step()
print(loss.item())
