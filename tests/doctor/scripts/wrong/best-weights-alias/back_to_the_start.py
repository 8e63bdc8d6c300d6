"""Reptile with the old weights as a reference: the interpolation moves nothing."""
import torch, torch.nn as nn
torch.manual_seed(0); net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
for it in range(6):
    before = {n: p.detach() for n, p in net.named_parameters()}  # finding: best-weights-alias
    order = torch.randperm(3); inner = torch.optim.SGD(net.parameters(), .1)
    for x in torch.randn(5, 16, 4):
        inner.zero_grad(); nn.functional.cross_entropy(net(x), order[x[:, :3].argmax(1)]).backward(); inner.step()
    if it % 2: net.load_state_dict(before)   # back to the start on odd rounds
