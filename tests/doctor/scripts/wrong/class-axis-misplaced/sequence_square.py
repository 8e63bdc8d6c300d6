"""Tagging with as many positions as tags, so (N, L, C) passes for (N, C, L)."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Tagger(nn.Module):
    def __init__(self, vocab, tags):
        super().__init__()
        self.embedding = nn.Embedding(vocab, 16)
        self.rnn = nn.GRU(16, 16, batch_first=True, bidirectional=True)
        self.out = nn.Linear(32, tags)

    def forward(self, tokens):
        return self.out(self.rnn(self.embedding(tokens))[0])


def fit(model, loader, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(epochs):
        model.train()
        for tokens, tags in loader:
            scores = model(tokens)
            loss = F.cross_entropy(scores, tags)  # finding: class-axis-misplaced
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


torch.manual_seed(2)
tokens = torch.randint(40, (128, 7))
fit(Tagger(40, 7), DataLoader(TensorDataset(tokens, tokens % 7), batch_size=32, shuffle=True), 2)
