import torch
import torch.nn.functional as F


class LongTail(torch.nn.Module):
    def __init__(self, counts):
        super().__init__()
        self.fc = torch.nn.Linear(8, len(counts))
        self.register_buffer("class_weight", max(counts) / torch.tensor(counts, dtype=torch.float))

    def forward(self, x, labels):
        logits = self.fc(x)
        return F.cross_entropy(  # finding: smoothing-with-class-weights
            logits, labels, weight=self.class_weight, label_smoothing=0.2
        )


torch.manual_seed(0)
counts = [2000, 900, 40, 5]
model = LongTail(counts)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
prior = torch.tensor(counts, dtype=torch.float)
for _ in range(10):
    labels = torch.multinomial(prior, 64, replacement=True)
    labels[:4] = torch.arange(4)
    loss = model(torch.randn(64, 8) + labels[:, None], labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
