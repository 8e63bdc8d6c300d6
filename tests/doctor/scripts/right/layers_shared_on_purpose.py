# Layers that are shared on purpose: applied in a loop, held under a name of their own besides the list (as detectors share
# their heads), activations without weights, copies, tied embeddings.
import copy

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.universal = nn.Linear(8, 8)
        self.class_head = nn.Linear(8, 20)
        self.heads = nn.ModuleList([self.class_head for _ in range(3)])
        block = nn.Linear(8, 8)
        self.blocks = nn.ModuleList([copy.deepcopy(block) for _ in range(3)])
        self.activations = nn.ModuleList([nn.ReLU()] * 3)
        self.class_head.weight = self.embed.weight

    def forward(self, ids):
        x = self.embed(ids).mean(1)
        scores = []
        for block, activation, head in zip(self.blocks, self.activations, self.heads):
            x = activation(block(self.universal(x).tanh()))
            scores.append(head(x))
        return scores


torch.manual_seed(0)
ids = torch.randint(0, 20, (64, 4))
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for rows in torch.randperm(64).split(16):
    optimizer.zero_grad()
    loss = sum(F.cross_entropy(scores, ids[rows, 0]) for scores in net(ids[rows]))
    loss.backward()
    optimizer.step()
print(loss.item())
