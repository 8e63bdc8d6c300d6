"""Multi-label tagging; training_step style of a Lightning module, driven by a small loop."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class TaggingModule(nn.Module):
    def __init__(self, tags=5):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU())
        self.head = nn.Linear(32, tags)

    def forward(self, x):
        return torch.sigmoid(self.head(self.backbone(x)))

    def training_step(self, batch, batch_idx):
        x, y = batch
        y_hat = self(x)
        loss = F.binary_cross_entropy_with_logits(y_hat, y)  # finding: sigmoid-before-bce-with-logits
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=3e-3)


class MiniTrainer:
    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    def fit(self, module, loader):
        optimizer = module.configure_optimizers()
        module.train()
        for _ in range(self.max_epochs):
            for i, batch in enumerate(loader):
                loss = module.training_step(batch, i)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        return loss.item()


torch.manual_seed(5)
x = torch.randn(192, 12)
y = (x[:, :5] + 0.3 * torch.randn(192, 5) > 0.4).float()
print(MiniTrainer(2).fit(TaggingModule(), DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)))
