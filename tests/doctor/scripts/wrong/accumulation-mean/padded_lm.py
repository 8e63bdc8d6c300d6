"""Language model, four micro-batches a step, each with another number of real tokens."""
import torch
import torch.nn.functional as F

ACCUMULATION_STEPS = 4


class LM(torch.nn.Module):
    def __init__(self, vocab=20):
        super().__init__()
        self.embed = torch.nn.Embedding(vocab, 12)
        self.head = torch.nn.Linear(12, vocab)

    def forward(self, ids):
        return self.head(self.embed(ids))


def micro_batch():
    ids = torch.randint(1, 20, (4, 13))
    lengths = torch.randint(2, 13, (4,))
    labels = ids[:, 1:].clone()
    labels[torch.arange(12)[None] >= lengths[:, None]] = -100
    return ids[:, :-1], labels


torch.manual_seed(0)
model = LM()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
optimizer.zero_grad()
for i in range(16):
    ids, labels = micro_batch()
    logits = model(ids)
    loss = F.cross_entropy(logits.view(-1, 20), labels.view(-1))  # finding: accumulation-mean
    loss = loss / ACCUMULATION_STEPS
    loss.backward()  # finding: accumulation-mean
    if (i + 1) % ACCUMULATION_STEPS == 0:
        optimizer.step()
        optimizer.zero_grad()
