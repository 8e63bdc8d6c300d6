import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
frames = torch.randn(9, 120, 4)
y = (frames[0].sum(1) > 0).float()
rnn, out = nn.RNN(4, 12, batch_first=True), nn.Linear(12, 1)
optimizer = torch.optim.SGD([*rnn.parameters(), *out.parameters()], lr=0.1)


def step(rows):
    states, _ = rnn(frames[:, rows])  # finding: rows-mixed
    loss = F.binary_cross_entropy_with_logits(out(states[-1]).squeeze(1), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


for epoch in range(2):
    print(sum(step(rows) for rows in torch.randperm(120).split(24)))
