"""AC-GAN: log_softmax with NLLLoss for the class, sigmoid with BCELoss for real or fake."""
import torch
from torch import nn


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 24), nn.LeakyReLU(0.2))
        self.dis = nn.Sequential(nn.Linear(24, 1), nn.Sigmoid())
        self.aux = nn.Sequential(nn.Linear(24, 3), nn.LogSoftmax(dim=1))

    def forward(self, x):
        h = self.body(x)
        return self.dis(h).view(-1), self.aux(h)


torch.manual_seed(0)
g = nn.Sequential(nn.Linear(7, 24), nn.ReLU(), nn.Linear(24, 4))
d = Discriminator()
dis_loss, aux_loss = nn.BCELoss(), nn.NLLLoss()
opt_d = torch.optim.Adam(d.parameters(), lr=2e-4)
opt_g = torch.optim.Adam(g.parameters(), lr=2e-4)
for _ in range(10):
    y = torch.randint(3, (20,))
    real = torch.randn(20, 4) + y[:, None]
    opt_d.zero_grad()
    s, c = d(real)
    (dis_loss(s, torch.ones(20)) + aux_loss(c, y)).backward()
    z = torch.cat([torch.randn(20, 4), nn.functional.one_hot(y, 3).float()], 1)
    fake = g(z)
    s, c = d(fake.detach())
    (dis_loss(s, torch.zeros(20)) + aux_loss(c, y)).backward()
    opt_d.step()
    opt_g.zero_grad()
    s, c = d(fake)
    (dis_loss(s, torch.ones(20)) + aux_loss(c, y)).backward()
    opt_g.step()
