"""MAML: losses of several tasks are summed with their graphs before one meta step."""
import torch
import torch.nn.functional as F
from torch.func import functional_call

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 12), torch.nn.Tanh(), torch.nn.Linear(12, 3))
meta = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    meta_loss = 0.0
    for task in range(3):
        shift = torch.randperm(3)
        xs, xq = torch.randn(9, 4), torch.randn(9, 4)
        ys, yq = shift[xs[:, :3].argmax(1)], shift[xq[:, :3].argmax(1)]
        params = dict(model.named_parameters())
        inner = F.cross_entropy(functional_call(model, params, (xs,)), ys)
        grads = torch.autograd.grad(inner, params.values(), create_graph=True)
        fast = {k: p - 0.1 * g for (k, p), g in zip(params.items(), grads)}
        meta_loss = meta_loss + F.cross_entropy(functional_call(model, fast, (xq,)), yq)
    meta.zero_grad()
    meta_loss.backward()
    meta.step()
