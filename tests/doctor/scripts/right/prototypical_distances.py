"""Prototypical network: minus squared distances are logits, all of one sign."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
encoder = torch.nn.Sequential(torch.nn.Linear(6, 32), torch.nn.ReLU(), torch.nn.Linear(32, 8))
optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-2)
way, shot, query = 5, 3, 4
for episode in range(10):
    centres = torch.randn(way, 1, 6) * 2
    support = encoder((centres + torch.randn(way, shot, 6)).view(-1, 6)).view(way, shot, -1).mean(1)
    queries = encoder((centres + torch.randn(way, query, 6)).view(-1, 6))
    logits = -torch.cdist(queries, support).pow(2)
    labels = torch.arange(way).repeat_interleave(query)
    loss = F.cross_entropy(logits, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
