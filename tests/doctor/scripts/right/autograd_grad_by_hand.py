"""torch.autograd.grad and an update by hand, no optimizer at all."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
w = (0.1 * torch.randn(3, 5)).requires_grad_()
b = torch.zeros(3, requires_grad=True)
for _ in range(15):
    x = torch.randn(16, 5)
    loss = F.cross_entropy(F.linear(x, w, b), x[:, :3].argmax(1))
    gw, gb = torch.autograd.grad(loss, (w, b))
    with torch.no_grad():
        w -= 0.1 * gw
        b -= 0.1 * gb
print(loss.item())
