"""PPO: several epochs over one roll-out, minibatches, old log-probabilities under no_grad."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 3))
critic = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam([*actor.parameters(), *critic.parameters()], lr=3e-3)
for update in range(3):
    with torch.no_grad():
        s = torch.randn(64, 4)
        dist = Categorical(logits=actor(s))
        a = dist.sample()
        logp = dist.log_prob(a)
        r = (a == s[:, :3].argmax(1)).float()
        advantage = r - critic(s).squeeze(1)
    for _ in range(2):
        for i in torch.randperm(64).split(16):
            dist = Categorical(logits=actor(s[i]))
            ratio = (dist.log_prob(a[i]) - logp[i]).exp()
            clipped = ratio.clamp(0.8, 1.2)
            policy = -torch.min(ratio * advantage[i], clipped * advantage[i]).mean()
            value = (critic(s[i]).squeeze(1) - r[i]).pow(2).mean()
            loss = policy + 0.5 * value - 0.01 * dist.entropy().mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*actor.parameters(), *critic.parameters()], 0.5)
            optimizer.step()
