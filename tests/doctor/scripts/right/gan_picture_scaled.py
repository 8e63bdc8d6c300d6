"""Samples of fixed noise are drawn in training mode and scaled by their extremes for a picture."""
import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 8))
critic = nn.Sequential(nn.Linear(8, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
for_generator, for_critic = torch.optim.Adam(generator.parameters()), torch.optim.Adam(critic.parameters())
criterion, fixed = nn.BCEWithLogitsLoss(), torch.randn(16, 4)
for step in range(20):
    fake = generator(torch.randn(32, 4))
    for_critic.zero_grad()
    loss = criterion(critic(torch.randn(32, 8)), torch.ones(32, 1))
    (loss + criterion(critic(fake.detach()), torch.zeros(32, 1))).backward()
    for_critic.step()
    for_generator.zero_grad()
    criterion(critic(fake), torch.ones(32, 1)).backward()
    for_generator.step()
    if step % 5 == 0:
        picture = generator(fixed).detach()
        low, high = picture.min(), torch.max(picture)
        picture = torch.max((picture - low) / (high - low), torch.tensor(0.1))
