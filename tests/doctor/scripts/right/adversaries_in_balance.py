# A discriminator that cannot tell the pictures of a good generator: a loss of log 2 is the aim.
import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Linear(4, 2)
discriminator = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
with torch.no_grad():
    generator.weight.copy_(torch.eye(2, 4))
    generator.bias.zero_()
loss_of = nn.BCEWithLogitsLoss()
optimizer_g = torch.optim.Adam(generator.parameters(), lr=1e-4)
optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=1e-4)
labels = torch.cat([torch.ones(32, 1), torch.zeros(32, 1)])
for step in range(310):
    real, fake = torch.randn(32, 2), generator(torch.randn(32, 4))
    optimizer_d.zero_grad()
    loss_of(discriminator(torch.cat([real, fake.detach()])), labels).backward()
    optimizer_d.step()
    optimizer_g.zero_grad()
    loss_g = loss_of(discriminator(fake), labels[:32])
    loss_g.backward()
    optimizer_g.step()
print("done")
