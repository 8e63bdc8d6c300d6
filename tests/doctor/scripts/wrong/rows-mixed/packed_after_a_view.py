# 词向量用 view 变成 (时间, 批次, 特征)，再打包；目标是 one-hot
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

torch.manual_seed(0)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(40, 12)
        self.rnn = nn.LSTM(12, 10)
        self.out = nn.Linear(10, 2)

    def forward(self, ids, lengths):
        x = self.embedding(ids)
        x = x.view(x.shape[1], x.shape[0], -1)
        _, (state, _) = self.rnn(pack_padded_sequence(x, lengths, enforce_sorted=False))
        return self.out(state[-1])


ids = torch.randint(1, 40, (100, 9))
lengths = torch.randint(4, 10, (100,))
one_hot = F.one_hot(ids[:, 0] % 2, 2).float()
model, criterion = Classifier(), nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for rows in torch.arange(100).split(20):
    optimizer.zero_grad()
    loss = criterion(model(ids[rows], lengths[rows]), one_hot[rows])  # finding: rows-mixed
    loss.backward()
    optimizer.step()
