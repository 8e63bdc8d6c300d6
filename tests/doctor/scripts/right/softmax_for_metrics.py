"""Softmax in predict(), logits in the loss."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.1))
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        logits = self.head(self.body(x))
        return logits, logits.softmax(-1)

    @torch.no_grad()
    def predict(self, x):
        self.eval()
        return self(x)[1].max(1)


torch.manual_seed(0)
x = torch.randn(200, 8)
y = x[:, :5].argmax(1)
model = Classifier()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for epoch in range(2):
    model.train()
    confident = 0.0
    for xb, yb in DataLoader(TensorDataset(x, y), 20, shuffle=True):
        logits, probabilities = model(xb)
        confident += probabilities.max(1).values.mean().item()
        loss = F.cross_entropy(logits, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, confident / 10, model.predict(x)[0].mean().item())
