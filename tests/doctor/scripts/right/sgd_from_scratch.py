# 从零开始实现 softmax 回归(d2l 风格)
import torch
from torch import nn


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


torch.manual_seed(0)
W = torch.normal(0, 0.01, size=(8, 4), requires_grad=True)
b = torch.zeros(4, requires_grad=True)
loss = nn.CrossEntropyLoss(reduction='none')
for epoch in range(2):
    for _ in range(6):
        X = torch.randn(32, 8)
        y = X[:, :4].argmax(1)
        l = loss(torch.matmul(X, W) + b, y)
        l.sum().backward()
        sgd([W, b], 0.1, 32)
    print(f'epoch {epoch + 1}, loss {float(l.detach().mean()):f}')
