"""One score per candidate, and a softmax over the candidates: which of the rows is right?"""
import torch
from torch import nn

torch.manual_seed(0)
score = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(score.parameters(), lr=0.01)
for _ in range(20):
    candidates = torch.randn(9, 6)
    best = candidates[:, 0].argmax()
    loss = -score(candidates).log_softmax(0)[best].sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
