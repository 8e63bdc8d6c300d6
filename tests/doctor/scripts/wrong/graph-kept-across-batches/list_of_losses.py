"""The losses of an epoch are kept in a list, with the graph of every batch."""
import torch
import torch.nn.functional as F


class Runner:
    def __init__(self):
        self.model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        self.history = []

    def run_epoch(self, batches):
        losses = []
        for x, y in batches:
            loss = F.cross_entropy(self.model(x), y)  # finding: graph-kept-across-batches
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss)  # finding: graph-kept-across-batches
        self.history.append(torch.stack(losses).mean())


torch.manual_seed(0)
data = [(x, x[:, :3].argmax(1)) for x in torch.randn(10, 16, 4)]
runner = Runner()
for _ in range(2):
    runner.run_epoch(data)
print(len(runner.history))
