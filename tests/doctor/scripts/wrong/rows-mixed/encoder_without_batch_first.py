import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
layer = nn.TransformerEncoderLayer(d_model=16, nhead=2, dim_feedforward=32, dropout=0.0)
encoder = nn.TransformerEncoder(layer, num_layers=1, enable_nested_tensor=False)
embedding, head = nn.Embedding(50, 16), nn.Linear(16, 3)
optimizer = torch.optim.AdamW([*encoder.parameters(), *embedding.parameters(), *head.parameters()], lr=1e-3)
ids = torch.randint(0, 50, (120, 11))
for _ in range(2):
    for batch in ids.split(40):
        hidden = encoder(embedding(batch))  # finding: rows-mixed
        loss = F.cross_entropy(head(hidden.mean(1)), batch[:, 0] % 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
