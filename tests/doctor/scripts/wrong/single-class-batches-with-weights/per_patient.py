"""One patient is one bag is one label is one step; the weights do nothing (multiple-instance learning)."""
import torch
from torch import nn


class GatedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.feature = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
        self.attention = nn.Linear(16, 1)
        self.classifier = nn.Linear(16, 2)

    def forward(self, bag):
        h = self.feature(bag)
        a = torch.softmax(self.attention(h), dim=0)
        return self.classifier((a * h).sum(0, keepdim=True))


torch.manual_seed(0)
model = GatedAttention()
loss_fn = nn.CrossEntropyLoss(weight=torch.tensor([0.6, 2.5]))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
model.train()
for patient in range(40):
    label = int(torch.rand(()) < 0.3)
    bag = torch.randn(int(torch.randint(3, 9, ())), 8) + label
    logits = model(bag)
    loss = loss_fn(logits, torch.tensor([label]))  # finding: single-class-batches-with-weights
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
