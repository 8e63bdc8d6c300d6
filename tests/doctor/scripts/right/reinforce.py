"""REINFORCE: log-probabilities of a whole episode are kept, then one backward."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)
for episode in range(5):
    log_probs, rewards = [], []
    state = torch.randn(4)
    for _ in range(6):
        dist = Categorical(logits=policy(state))
        action = dist.sample()
        log_probs.append(dist.log_prob(action))
        rewards.append(float(action == state[:3].argmax()))
        state = torch.randn(4)
    returns = torch.tensor([sum(rewards[i:]) for i in range(6)])
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    loss = -(torch.stack(log_probs) * returns).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
