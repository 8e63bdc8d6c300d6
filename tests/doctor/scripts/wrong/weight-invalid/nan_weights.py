"""0 / 0 in the frequencies of a class that the filter removed."""
# also: nan-loss unused-outputs
import torch
import torch.nn.functional as F

torch.manual_seed(0)
y_all = torch.randint(3, (300,))
freq = torch.stack([(y_all == c).float().sum() for c in range(4)])
w = torch.where(freq > 0, freq.sum() / freq, freq / freq)
layer = torch.nn.Linear(5, 4)
sgd = torch.optim.SGD(layer.parameters(), lr=0.01)
for i in range(0, 300, 50):
    y = y_all[i : i + 50]
    sgd.zero_grad()
    loss = F.cross_entropy(layer(torch.randn(50, 5)), y, w)  # finding: weight-invalid
    loss.backward()
    sgd.step()
