"""Four micro-batches, one step: the mean of means is not the mean, a common normaliser is."""

import torch
from torch import nn

import crossent
import crossent.functional as F

torch.manual_seed(0)
model = nn.Linear(8, 3)
features = torch.randn(64, 8)
labels = torch.randint(0, 3, (64,))
labels[20:] = -100  # padding: the last micro-batches have next to nothing
labels[63] = 2
weight = crossent.class_weights(labels)


def gradient(loss: torch.Tensor) -> torch.Tensor:
    return torch.autograd.grad(loss, model.weight)[0]


whole = gradient(F.cross_entropy(model(features), labels, weight))
micro = list(zip(features.split(16), labels.split(16), strict=True))

# What most training loops do: mean per micro-batch, divided by their number.
means = [gradient(F.cross_entropy(model(x), y, weight, on_empty="zero")) for x, y in micro]
print(f"mean of means:     off by {(sum(means) / 4 - whole).norm() / whole.norm():.1%}")

# One number for the step, from the labels alone; over several ranks, normalizer(labels, weight, group=...).
n = F.normalizer(labels, weight)
parts = [gradient(F.cross_entropy(model(x), y, weight, normalizer=n)) for x, y in micro]
print(f"common normaliser: off by {(sum(parts) - whole).norm() / whole.norm():.1e}")
