"""(batch, time, classes) with time == classes, straight from a transformer."""
import math

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocab, d, tags):
        super().__init__()
        self.d = d
        self.embedding = nn.Embedding(vocab, d)
        self.encoder = nn.TransformerEncoderLayer(d, 2, 2 * d, dropout=0.0, batch_first=True)
        self.generator = nn.Linear(d, tags)

    def forward(self, src):
        return self.generator(self.encoder(self.embedding(src) * math.sqrt(self.d)))


def make_batch():
    src = torch.randint(30, (10, 6))
    return src, (src * 7 + 1) % 6


torch.manual_seed(0)
model = Tagger(30, 8, 6)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98))
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
model.train()
for _ in range(10):
    src, tgt = make_batch()
    output = model(src)
    loss = criterion(output, tgt)  # finding: class-axis-misplaced
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
