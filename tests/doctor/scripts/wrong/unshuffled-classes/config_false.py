"""shuffle comes from a configuration and is False; the data set is sorted by folder."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

CFG = dict(data=dict(batch_size=8, shuffle=False, num_workers=0), epochs=2, lr=1e-2)


class Birds(Dataset):
    def __init__(self, per_species=20, species=8):
        self.items = sorted((s, k) for s in range(species) for k in range(per_species))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        s, k = self.items[i]
        return {"x": torch.randn(10, generator=torch.Generator().manual_seed(997 * s + k)) + 0.3 * s, "y": torch.tensor(s)}


def build_loader(cfg):
    return DataLoader(Birds(), **cfg)  # finding: unshuffled-classes


torch.manual_seed(0)
loader = build_loader(CFG["data"])
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 8))
optimizer = torch.optim.AdamW(net.parameters(), lr=CFG["lr"])
for epoch in range(CFG["epochs"]):
    for sample in loader:
        loss = nn.functional.cross_entropy(net(sample["x"]), sample["y"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
