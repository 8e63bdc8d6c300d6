"""Forward hooks collect activations of a frozen network; a linear classifier learns from them."""
import torch
from torch import nn

torch.manual_seed(0)
network = nn.Sequential(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(216, 10))
network.eval()
store = {}
network[2].register_forward_hook(lambda module, inputs, output: store.update(h=output.mean((2, 3)).detach()))
classifier = nn.Linear(6, 2)
optimizer = torch.optim.SGD(classifier.parameters(), lr=0.1)
for image in torch.rand(14, 16, 1, 8, 8):
    with torch.no_grad():
        network(image)
    loss = nn.functional.cross_entropy(classifier(store["h"]), (image.mean((1, 2, 3)) > 0.5).long())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
