# As many turns as rows of the loss, by chance, or because the batch is one dialogue.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
turns, dialogues = 6, 12
rnn, out = nn.GRU(4, 8), nn.Linear(8, 3)
optimizer = torch.optim.Adam([*rnn.parameters(), *out.parameters()], lr=1e-2)
for step in range(8):
    count = 1 if step % 2 else dialogues
    x = torch.randn(turns, count, 4)
    y = x[..., :3].argmax(-1)
    optimizer.zero_grad()
    loss = F.cross_entropy(out(rnn(x)[0]).permute(0, 2, 1), y)
    loss.backward()
    optimizer.step()
print(loss.item())
