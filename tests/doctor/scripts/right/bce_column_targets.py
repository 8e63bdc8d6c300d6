"""BCEWithLogits on (N, 1) targets, sigmoid for the metric, an LSTM's own sigmoids inside."""
import torch
from torch import nn


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(40, 8)
        self.lstm = nn.LSTM(8, 12, batch_first=True)
        self.out = nn.Linear(12, 1)

    def forward(self, ids):
        return self.out(self.lstm(self.embed(ids))[0][:, -1])


torch.manual_seed(0)
model = Sentiment()
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.5]))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(10):
    ids = torch.randint(40, (24, 7))
    target = (ids[:, :1] < 16).float()
    logits = model(ids)
    accuracy = ((torch.sigmoid(logits) > 0.5) == target.bool()).float().mean().item()
    loss = criterion(logits, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(accuracy)
