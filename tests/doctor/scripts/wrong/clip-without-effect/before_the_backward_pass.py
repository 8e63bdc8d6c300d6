import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_


class Trainer:
    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer
        self.criterion = nn.CrossEntropyLoss()

    def step(self, x, y):
        self.optimizer.zero_grad(set_to_none=False)
        loss = self.criterion(self.model(x), y)
        clip_grad_norm_([p for p in self.model.parameters()], 0.25)  # finding: clip-without-effect
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
x = torch.randn(128, 8)
y = x[:, :4].argmax(1)
model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 4))
trainer = Trainer(model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9))
for epoch in range(2):
    print(sum(trainer.step(a, b) for a, b in zip(x.split(16), y.split(16))))
