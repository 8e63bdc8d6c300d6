# A language model that reads (time, batch), evaluated in pieces of which the last is shorter: each mean counts with the
# length of its piece, which is a fixed share of what the mean was divided by.
import torch
from torch import nn

torch.manual_seed(0)
tokens = torch.randint(0, 20, (60, 8))
embedding, rnn, head = nn.Embedding(20, 16), nn.GRU(16, 16), nn.Linear(16, 20)
model = nn.ModuleList([embedding, rnn, head])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()


def pieces(source, length=9):
    for begin in range(0, len(source) - 1, length):
        seen = min(length, len(source) - 1 - begin)
        yield source[begin : begin + seen], source[begin + 1 : begin + 1 + seen].reshape(-1)


def evaluate(source):
    model.eval()
    total = 0.0
    with torch.no_grad():
        for data, targets in pieces(source):
            scores = head(rnn(embedding(data))[0]).view(-1, 20)
            total += len(data) * criterion(scores, targets).item()
    return total / (len(source) - 1)


for _ in range(4):
    model.train()
    for data, targets in pieces(tokens[:, :6]):
        optimizer.zero_grad()
        criterion(head(rnn(embedding(data))[0]).view(-1, 20), targets).backward()
        optimizer.step()
    print(evaluate(tokens[:, 6:]))
