# A recurrent layer that reads one step at a time: the gradient of its recurrent weights is 0 at every step.
import torch
from torch import nn

torch.manual_seed(0)
values = torch.linspace(0, 1, 30)
rnn, head = nn.LSTM(1, 8, batch_first=True), nn.Linear(8, 1)
optimizer = torch.optim.Adam([*rnn.parameters(), *head.parameters()])
criterion = nn.MSELoss()
for value in values:
    output, _ = rnn(value.reshape(1, 1, 1))
    loss = criterion(head(output), value.sin().reshape(1, 1, 1))
    loss.backward()
    optimizer.step()  # finding: missing-zero-grad
