"""BERT's masked language model: 15 % of the positions count, the rest are -100; a next-sentence head beside it."""
import torch
import torch.nn.functional as F
from torch import nn


class Bert(nn.Module):
    def __init__(self, vocab=60):
        super().__init__()
        self.embed = nn.Embedding(vocab, 16)
        self.mix = nn.Linear(16, 16)
        self.mlm = nn.Linear(16, vocab)
        self.nsp = nn.Linear(16, 2)

    def forward(self, ids):
        h = torch.tanh(self.mix(self.embed(ids)) + self.embed(ids).mean(1, keepdim=True))
        return self.mlm(h), self.nsp(h[:, 0])


torch.manual_seed(0)
model = Bert()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for _ in range(14):
    ids = torch.randint(2, 60, (16, 20))
    labels = ids.masked_fill(torch.rand(16, 20) > 0.15, -100)
    inputs = ids.masked_fill(labels != -100, 1)
    follows = torch.randint(2, (16,))
    scores, pooled = model(inputs)
    loss = F.cross_entropy(scores.view(-1, 60), labels.view(-1)) + F.cross_entropy(pooled, follows)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
