"""Cross entropy by hand over one-hot labels, with a softmax over the rows."""
import torch

torch.manual_seed(0)
weight = torch.nn.Parameter(0.1 * torch.randn(3, 6))
bias = torch.nn.Parameter(torch.zeros(3))
optimizer = torch.optim.SGD([weight, bias], lr=0.5)
for _ in range(20):
    x = torch.randn(64, 6)
    wanted = torch.eye(3)[x[:, :3].argmax(1)]
    probabilities = torch.softmax(torch.nn.functional.linear(x, weight, bias), 0)
    loss = -(wanted * torch.log(probabilities + 1e-9)).sum(1).mean()
    optimizer.zero_grad()
    loss.backward()  # finding: softmax-on-wrong-axis
    optimizer.step()
