"""The word-language-model loop: hidden states are detached between chunks."""
import math

import torch
from torch import nn


def repackage_hidden(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


class RNNModel(nn.Module):
    def __init__(self, ntoken=30, n=16):
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.encoder = nn.Embedding(ntoken, n)
        self.rnn = nn.LSTM(n, n)
        self.decoder = nn.Linear(n, ntoken)
        self.decoder.weight = self.encoder.weight
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)

    def forward(self, data, hidden):
        output, hidden = self.rnn(self.drop(self.encoder(data)), hidden)
        return self.decoder(self.drop(output)).view(-1, 30), hidden


torch.manual_seed(0)
corpus = torch.randint(30, (61, 8))
model = RNNModel()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
for epoch in range(2):
    model.train()
    hidden = (torch.zeros(1, 8, 16), torch.zeros(1, 8, 16))
    total_loss = 0.0
    for i in range(0, 60, 10):
        data, targets = corpus[i : i + 10], corpus[i + 1 : i + 11].reshape(-1)
        model.zero_grad()
        hidden = repackage_hidden(hidden)
        output, hidden = model(data, hidden)
        loss = criterion(output, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        total_loss += loss.item()
    print(epoch, math.exp(total_loss / 6))
