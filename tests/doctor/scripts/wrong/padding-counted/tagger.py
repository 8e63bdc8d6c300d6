import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, words, tags, pad):
        super().__init__()
        self.embed = nn.Embedding(words, 12, padding_idx=pad)
        self.rnn = nn.GRU(12, 16, batch_first=True, bidirectional=True)
        self.out = nn.Linear(32, tags)

    def forward(self, ids):
        return self.out(self.rnn(self.embed(ids))[0])


torch.manual_seed(0)
PAD = 0
lengths = torch.randint(3, 12, (120,))
ids = torch.randint(1, 20, (120, 12)).masked_fill(torch.arange(12) >= lengths[:, None], PAD)
tags = (ids % 4 + 1).masked_fill(ids == PAD, PAD)
model = Tagger(20, 6, PAD)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for rows in torch.randperm(120).split(20):
    scores = model(ids[rows])
    loss = criterion(scores.transpose(1, 2), tags[rows])  # finding: padding-counted
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
