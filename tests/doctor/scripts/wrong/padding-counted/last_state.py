# 情感分类：LSTM 的最后状态来自填充
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 16, batch_first=True)
        self.fc = nn.Linear(16, 2)

    def forward(self, text):
        out, (h, c) = self.lstm(self.embedding(text))  # finding: padding-counted
        return self.fc(h[-1])


def collate(rows):
    return pad_sequence([words for words, _ in rows], batch_first=True), torch.tensor([label for _, label in rows])


torch.manual_seed(0)
data = [(torch.randint(1, 50, (int(torch.randint(2, 15, ())),)), i % 2) for i in range(96)]
net = Net()
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(2):
    for text, label in DataLoader(data, batch_size=16, shuffle=True, collate_fn=collate):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(text), label)
        loss.backward()
        optimizer.step()
print(loss.item())
