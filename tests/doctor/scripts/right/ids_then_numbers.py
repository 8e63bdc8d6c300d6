# A generator that is looked at with other noise, and a model of ids: no scales to compare.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
ids = torch.randint(0, 50, (96, 6))
y = ids[:, 0] % 2
model = nn.Sequential(nn.EmbeddingBag(50, 8), nn.Dropout(0.1), nn.Linear(8, 2))
generator, critic = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), nn.Linear(2, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
critic.requires_grad_(False)
for_generator = torch.optim.Adam(generator.parameters(), lr=1e-2)
for epoch in range(2):
    model.train()
    for rows in torch.randperm(64).split(16):
        optimizer.zero_grad()
        F.cross_entropy(model(ids[rows]), y[rows]).backward()
        optimizer.step()
        for_generator.zero_grad()
        (-critic(generator(torch.randn(32, 4))).mean()).backward()
        for_generator.step()
    model.eval()
    with torch.no_grad():
        print((model(ids[64:] // 10).argmax(1) == y[64:]).sum().item())
    pictures = generator(0.1 * torch.randn(32, 4)).detach().numpy()
    print(pictures.mean() < 100)
