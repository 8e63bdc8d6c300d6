import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self):
        self.model = torch.nn.Sequential(torch.nn.Linear(5, 12), torch.nn.BatchNorm1d(12), torch.nn.Linear(12, 1))
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.1)

    def run_epoch(self, batches, training):
        self.model.train(training)
        total, n = 0.0, 0
        for x, y in batches:
            logits = self.model(x).squeeze(1)  # finding: missing-no-grad
            loss = F.binary_cross_entropy_with_logits(logits, y)
            if training:
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            total += loss.item() * len(y)
            n += len(y)
        return total / n


torch.manual_seed(0)
data = [(x, (x[:, 0] > 0).float()) for x in torch.randn(12, 16, 5)]
trainer = Trainer()
for epoch in range(3):
    print(trainer.run_epoch(data[:8], True), trainer.run_epoch(data[8:], False))
