import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(40, 8)
        self.lstm = nn.LSTM(8, 10, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(20, 3)

    def forward(self, ids):
        _, (hidden, _) = self.lstm(self.embed(ids))
        return self.fc(hidden.view(ids.size(0), -1))


torch.manual_seed(0)
ids = torch.randint(0, 40, (160, 6))
loader = DataLoader(TensorDataset(ids, ids[:, 0] % 3), batch_size=16, shuffle=True)
model = Sentiment()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())
for epoch in range(2):
    for ids, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(ids), y)  # finding: rows-mixed
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
