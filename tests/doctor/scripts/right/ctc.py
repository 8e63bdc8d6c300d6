"""CTC wants log-probabilities (T, N, C) with a blank that no target names."""
import torch
from torch import nn

torch.manual_seed(0)
rnn = nn.GRU(5, 12)
head = nn.Linear(12, 7)
criterion = nn.CTCLoss(blank=0, zero_infinity=True)
optimizer = torch.optim.Adam([*rnn.parameters(), *head.parameters()], lr=1e-2)
for _ in range(8):
    x = torch.randn(12, 4, 5)
    log_probs = head(rnn(x)[0]).log_softmax(2)
    targets = torch.randint(1, 7, (4, 4))
    loss = criterion(log_probs, targets, torch.full((4,), 12), torch.full((4,), 4))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
