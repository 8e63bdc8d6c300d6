"""A tagger's cross entropy by hand; nn.LogSoftmax() without dim takes axis 0 of three."""
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")


class Tagger(nn.Module):
    def __init__(self, words, tags):
        super().__init__()
        self.embed = nn.Embedding(words, 16)
        self.out = nn.Linear(16, tags)
        self.normalise = nn.LogSoftmax()

    def forward(self, sentences):
        return self.normalise(self.out(self.embed(sentences)))


torch.manual_seed(0)
model = Tagger(50, 5)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(12):
    sentences = torch.randint(50, (16, 7))
    tags = sentences % 5
    loss = nn.functional.nll_loss(model(sentences).flatten(0, 1), tags.flatten())  # finding: softmax-on-wrong-axis
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
