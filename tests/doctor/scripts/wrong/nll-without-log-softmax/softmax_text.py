"""Text classification with softmax and NLLLoss: the logarithm is missing."""
import torch
from torch import nn
from torch.nn import functional as F


class TextRNN(nn.Module):
    def __init__(self, vocab=30, classes=4):
        super().__init__()
        self.emb = nn.Embedding(vocab, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 16, batch_first=True)
        self.fc = nn.Linear(16, classes)

    def forward(self, ids):
        out, _ = self.lstm(self.emb(ids))
        return F.softmax(self.fc(out[:, -1]), dim=1)


def train(model, iterations):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model.train()
    for it in range(iterations):
        ids = torch.randint(1, 30, (32, 6))
        labels = ids[:, 0] % 4
        prob = model(ids)
        loss = F.nll_loss(prob, labels)  # finding: nll-without-log-softmax
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


torch.manual_seed(1)
print(train(TextRNN(), 12))
