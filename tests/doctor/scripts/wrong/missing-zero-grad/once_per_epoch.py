"""zero_grad stands before the inner loop: it clears once an epoch, step runs every batch."""
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class LitModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(6, 3)

    def training_step(self, batch):
        x, y = batch
        return F.cross_entropy(self.layer(x), y)


def fit(model, loader, epochs):
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        opt.zero_grad()
        model.train()
        for batch in loader:
            loss = model.training_step(batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()  # finding: missing-zero-grad


torch.manual_seed(0)
data = torch.randn(128, 6)
fit(LitModel(), DataLoader(TensorDataset(data, data[:, :3].argmax(1)), batch_size=16, shuffle=True), 2)
