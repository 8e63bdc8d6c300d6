# Two optimizers in turn: each clip comes after the other one's step, and before its own.
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

torch.manual_seed(0)
real = torch.randn(96, 4) + 2
generator = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 4))
critic = nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
both = [*generator.parameters(), *critic.parameters()]
for_generator = torch.optim.Adam(generator.parameters(), lr=1e-3)
for_critic = torch.optim.Adam(critic.parameters(), lr=1e-3)
for step in range(12):
    rows = real[torch.randint(96, (16,))]
    fake = generator(torch.randn(16, 3))
    for_critic.zero_grad()
    (critic(fake.detach()).mean() - critic(rows).mean()).backward()
    clip_grad_norm_(critic.parameters(), 1.0)
    for_critic.step()
    for_generator.zero_grad()
    loss = -critic(fake).mean()
    loss.backward()
    clip_grad_value_(generator.parameters(), 0.5)
    for_generator.step()
    if step % 4 == 0:
        print(float(clip_grad_norm_(both, 1e9)))
