"""Missing labels are selected away, so each micro-batch has another count; accumulation of four."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(10, 5)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for i, x in enumerate(torch.randn(24, 4, 10)):
    y = (x[:, :5] > 0).float()
    known = torch.rand(4, 5) < float(torch.rand(())) * 0.9 + 0.1
    known[0, 0] = True
    scores = model(x)
    loss = nn.functional.binary_cross_entropy_with_logits(scores[known], y[known]) / 4  # finding: accumulation-mean
    loss.backward()  # finding: accumulation-mean
    if i % 4 == 3:
        optimizer.step()
        optimizer.zero_grad()
