"""Tagging with L == C, transposed as it must be."""
import torch
import torch.nn.functional as F
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(40, 12)
        self.rnn = nn.LSTM(12, 12, batch_first=True, bidirectional=True)
        self.out = nn.Linear(24, 7)

    def forward(self, tokens):
        return self.out(self.rnn(self.embed(tokens))[0])


torch.manual_seed(0)
model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(12):
    tokens = torch.randint(40, (16, 7))
    scores = model(tokens)
    if step % 2:
        loss = F.cross_entropy(scores.transpose(1, 2), tokens % 7)
    else:
        loss = F.cross_entropy(scores.reshape(-1, 7), (tokens % 7).reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
