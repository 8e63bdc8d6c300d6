import torch
from torch import nn


class Guarded(torch.optim.SGD):
    """A step that is taken back where the loss has become worse; the comparison is the wrong way round."""

    def step(self, closure=None):
        kept = [[p.detach().clone() for p in group["params"]] for group in self.param_groups]
        super().step(closure)
        with torch.no_grad():
            for group, old in zip(self.param_groups, kept):
                for p, q in zip(group["params"], old):
                    p.copy_(q)


def main():
    torch.manual_seed(0)
    model, criterion = nn.Linear(5, 1), nn.BCEWithLogitsLoss()
    optimizer = Guarded(model.parameters(), lr=0.5)
    for _ in range(15):
        x = torch.randn(24, 5)
        loss = criterion(model(x).squeeze(1), (x.sum(1) > 0).float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()  # finding: step-moves-nothing
    print(loss.item())


main()
