import torch
from torch import nn


class Topics(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(8, 5)

    def forward(self, x):
        weights = self.score(x).exp()
        return weights / weights.sum(-1, keepdim=True)


def step(model, optimizer, x, target):
    loss = nn.functional.kl_div(model(x), target)  # finding: kl-of-probabilities
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


torch.manual_seed(0)
model = Topics()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(6):
    x = torch.randn(20, 8)
    print(step(model, optimizer, x, x[:, :5].softmax(1)))
