"""Policy gradient with cross_entropy as -log pi(a|s), weighted by the advantage."""
import torch
import torch.nn.functional as F
from torch import nn


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(4, 16)
        self.actor = nn.Linear(16, 3)
        self.critic = nn.Linear(16, 1)

    def forward(self, s):
        h = torch.tanh(self.shared(s))
        return self.actor(h), self.critic(h).squeeze(-1)


torch.manual_seed(0)
model = ActorCritic()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(10):
    states = torch.randn(32, 4)
    with torch.no_grad():
        logits, _ = model(states)
        actions = torch.multinomial(logits.softmax(-1), 1).squeeze(1)
    rewards = (actions == states[:, :3].argmax(1)).float()
    logits, values = model(states)
    advantage = (rewards - values).detach()
    policy_loss = (F.cross_entropy(logits, actions, reduction="none") * advantage).mean()
    entropy = torch.distributions.Categorical(logits=logits).entropy().mean()
    loss = policy_loss + 0.5 * F.mse_loss(values, rewards) - 0.01 * entropy
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
