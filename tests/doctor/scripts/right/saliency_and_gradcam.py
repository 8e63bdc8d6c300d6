"""After the training: input gradients in eval mode for a saliency map."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Dropout(0.1), nn.Flatten(), nn.Linear(144, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
model.train()
for x in torch.rand(10, 16, 1, 8, 8):
    loss = nn.functional.cross_entropy(model(x), (x[:, 0, :4].mean((1, 2)) > 0.5).long())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
for x in torch.rand(3, 1, 1, 8, 8):
    x.requires_grad_()
    scores = model(x)
    scores[0, scores.argmax()].backward()
    print(x.grad.abs().amax().item() > 0)
