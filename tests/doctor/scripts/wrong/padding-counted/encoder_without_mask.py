import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 16, padding_idx=1)
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, 3)

    def forward(self, ids):
        hidden = self.encoder(self.embed(ids))  # finding: padding-counted
        keep = (ids != 1).unsqueeze(-1)
        return self.head((hidden * keep).sum(1) / keep.sum(1))


lengths = torch.randint(2, 9, (96,))
ids = torch.randint(2, 30, (96, 9)).masked_fill(torch.arange(9) >= lengths[:, None], 1)
y = ids[:, 0] % 3
model = Classifier()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(2):
    for rows in torch.randperm(96).split(24):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(ids[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
