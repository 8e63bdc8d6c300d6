"""A GAN in which the generator's gradients are cleared twice and the discriminator's never."""
import torch
from torch import nn

torch.manual_seed(0)
g = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
d = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt_g = torch.optim.Adam(g.parameters(), lr=1e-3)
opt_d = torch.optim.Adam(d.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
for _ in range(12):
    real, fake = torch.randn(16, 2) + 1, g(torch.randn(16, 4))
    opt_g.zero_grad()
    loss_d = bce(d(real), torch.ones(16, 1)) + bce(d(fake.detach()), torch.zeros(16, 1))
    loss_d.backward()
    opt_d.step()  # finding: missing-zero-grad
    opt_g.zero_grad()
    loss_g = bce(d(fake), torch.ones(16, 1))
    loss_g.backward()
    opt_g.step()
