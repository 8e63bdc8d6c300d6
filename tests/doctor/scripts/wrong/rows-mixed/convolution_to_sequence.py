# A convolution gives (rows, channels, steps), the LSTM wants (steps, rows, channels): reshape is no permute.
import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(3, 8, 3, padding=1)
        self.lstm = nn.LSTM(8, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        hidden = torch.relu(self.convolution(x))
        hidden = hidden.reshape(hidden.shape[2], hidden.shape[0], 8)
        output, _ = self.lstm(hidden)
        return self.out(output[-1])


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
x = torch.randn(128, 3, 12)
y = (x.mean((1, 2)) > 0).long()
for epoch in range(2):
    for rows in torch.randperm(128).split(16):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])  # finding: rows-mixed
        loss.backward()
        optimizer.step()
