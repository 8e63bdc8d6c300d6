"""An engine with a process function; expit instead of sigmoid."""
import torch
from torch.nn import BCEWithLogitsLoss, Linear


class Engine:
    def __init__(self, process):
        self.process, self.handlers = process, []

    def run(self, data, max_epochs):
        for _ in range(max_epochs):
            for batch in data:
                output = self.process(self, batch)
                for handler in self.handlers:
                    handler(output)


torch.manual_seed(3)
model = Linear(5, 1)
criterion = BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def update(engine, batch):
    x, y = batch
    optimizer.zero_grad()
    y_pred = torch.special.expit(model(x)).flatten()
    loss = criterion(y_pred, y)  # finding: sigmoid-before-bce-with-logits
    loss.backward()
    optimizer.step()
    return loss.item()


trainer = Engine(update)
trainer.handlers.append(lambda value: print(f"{value:.3f}"))
trainer.run([(x, (x[:, 0] > 0).float()) for x in torch.randn(6, 30, 5)], 2)
