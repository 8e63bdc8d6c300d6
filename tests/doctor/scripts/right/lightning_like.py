"""A LightningModule in miniature: manual hooks, metrics as detached tensors, configure_optimizers with a scheduler."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LitClassifier(nn.Module):
    def __init__(self, lr=1e-2):
        super().__init__()
        self.lr = lr
        self.net = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4))
        self.logged = {}

    def log(self, name, value):
        self.logged.setdefault(name, []).append(value.detach())

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log("val_loss", F.cross_entropy(logits, y))
        self.log("val_acc", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr)
        return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 3)


class Trainer:
    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    def fit(self, module, train, val):
        optimizer, scheduler = module.configure_optimizers()
        for _ in range(self.max_epochs):
            module.train()
            with torch.enable_grad():
                for i, batch in enumerate(train):
                    def closure():
                        loss = module.training_step(batch, i)
                        optimizer.zero_grad()
                        loss.backward()
                        return loss
                    optimizer.step(closure)
            module.eval()
            with torch.no_grad():
                for i, batch in enumerate(val):
                    module.validation_step(batch, i)
            scheduler.step()


torch.manual_seed(0)
x = torch.randn(200, 8)
y = x[:, :4].argmax(1)
train = DataLoader(TensorDataset(x[:150], y[:150]), 16, shuffle=True)
val = DataLoader(TensorDataset(x[150:], y[150:]), 16)
module = LitClassifier()
Trainer(3).fit(module, train, val)
print(len(module.logged["val_acc"]))
