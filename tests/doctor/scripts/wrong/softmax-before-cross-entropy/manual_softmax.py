"""A softmax written by hand, and keyword arguments."""
import torch
import torch.nn.functional as nnF


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.randn(7, 4) * 0.1)

    def forward(self, x):
        e = torch.exp(x @ self.w)
        return e / e.sum(dim=1, keepdim=True)


torch.manual_seed(1)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for i in range(15):
    x = torch.randn(40, 7)
    target = x[:, :4].argmax(1)
    probs = net(x)
    loss = nnF.cross_entropy(target=target, input=probs)  # finding: softmax-before-cross-entropy
    opt.zero_grad()
    loss.backward()
    opt.step()
