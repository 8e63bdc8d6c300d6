# 本来想微调整个网络,但是前向时写了 torch.no_grad()
import torch
import torch.nn as nn


class FineTune(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = nn.GRU(6, 12, batch_first=True)
        self.fc = nn.Linear(12, 2)

    def forward(self, x):
        with torch.no_grad():
            _, pooled = self.bert(x)
        return self.fc(pooled[-1])


torch.manual_seed(0)
model = FineTune()
model.train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
loss_fn = nn.CrossEntropyLoss()
for i in range(10):
    x = torch.randn(16, 5, 6)
    y = (x.mean((1, 2)) > 0).long()
    outputs = model(x)
    model.zero_grad()
    loss = loss_fn(outputs, y)
    loss.backward()  # finding: parameters-without-gradient
    optimizer.step()  # finding: parameters-without-gradient
