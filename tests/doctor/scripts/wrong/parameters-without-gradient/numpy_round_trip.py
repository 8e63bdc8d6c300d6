"""A feature computed in numpy on the way: everything before it gets no gradient."""
import numpy as np
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(10, 12)
        self.decoder = nn.Linear(12, 4)

    def forward(self, x):
        h = np.tanh(self.encoder(x).detach().numpy())
        return self.decoder(torch.from_numpy(h))


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.Adam(params=model.parameters(), lr=1e-2)
for x in torch.randn(14, 20, 10):
    loss = nn.functional.cross_entropy(model(x), x[:, :4].argmax(1))
    optimizer.zero_grad()
    loss.backward()  # finding: parameters-without-gradient
    optimizer.step()  # finding: parameters-without-gradient
