"""Softmax, then only the masked positions are selected."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Embedding(40, 12), nn.Linear(12, 6), nn.Softmax(dim=2))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
for _ in range(16):
    tokens = torch.randint(40, (8, 10))
    chosen = torch.rand(8, 10) < 0.4
    out = net(tokens)
    optimizer.zero_grad()
    loss = criterion(out[chosen], (tokens % 6)[chosen])  # finding: softmax-before-cross-entropy
    loss.backward()
    optimizer.step()
