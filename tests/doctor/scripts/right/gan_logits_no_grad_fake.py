"""A GAN with logits; the fakes for the discriminator are made under no_grad while both networks train."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
discriminator = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Dropout(0.1), nn.Linear(16, 1))
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3)
opt_d = torch.optim.Adam(discriminator.parameters(), lr=1e-3)
ones, zeros = torch.ones(16, 1), torch.zeros(16, 1)
for _ in range(10):
    with torch.no_grad():
        fake = generator(torch.randn(16, 4))
    real_loss = F.binary_cross_entropy_with_logits(discriminator(torch.randn(16, 2) + 1), ones * 0.9)
    fake_loss = F.binary_cross_entropy_with_logits(discriminator(fake), zeros)
    opt_d.zero_grad()
    (real_loss + fake_loss).backward()
    opt_d.step()
    g_loss = F.binary_cross_entropy_with_logits(discriminator(generator(torch.randn(16, 4))), ones)
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
