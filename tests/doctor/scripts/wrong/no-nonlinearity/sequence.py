# 分类头的两层之间缺少激活函数
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.hidden, self.out = nn.Linear(16, 16), nn.Linear(16, 4)

    def forward(self, ids):
        states, _ = self.lstm(self.embed(ids))
        return self.out(self.hidden(states)).transpose(1, 2)


torch.manual_seed(0)
ids = torch.randint(0, 20, (60, 5))
model = Tagger()
optimizer = torch.optim.Adam(model.parameters())
for rows in torch.randperm(60).split(12):
    optimizer.zero_grad()
    scores = model(ids[rows])  # finding: no-nonlinearity
    loss = nn.functional.cross_entropy(scores, ids[rows] % 4)
    loss.backward()
    optimizer.step()
print(loss.item())
