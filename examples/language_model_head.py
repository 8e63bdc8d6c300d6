"""A next-token head over 20,000 tokens that never holds the logits of all positions, beside one that does."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

import xent

VOCABULARY, WIDTH, LENGTH, PADDING = 20_000, 32, 24, 0
torch.manual_seed(0)
text = torch.randint(1, VOCABULARY, (4, LENGTH + 1))
text[2:, 17:] = PADDING
tokens, following = text[:, :-1], text[:, 1:].flatten()


class LanguageModel(nn.Module):
    """An embedding, a recurrent layer, and a head that is the embedding again."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, WIDTH)
        self.mixer = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.head = xent.LinearCrossEntropyLoss(
            WIDTH, VOCABULARY, ignore_index=PADDING, options=xent.LinearOptions(memory_budget=2**20), return_stats=True
        )
        self.head.linear.weight = self.embedding.weight

    def features(self) -> torch.Tensor:
        """(N, D), one row per position."""
        return self.mixer(self.embedding(tokens))[0].flatten(0, 1)


def train(model: LanguageModel, with_logits: bool) -> list[float]:
    """Seven steps; the loss of each."""
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    losses = []
    for step in range(7):
        if with_logits:
            loss = F.cross_entropy(F.linear(model.features(), model.embedding.weight), following, ignore_index=PADDING)
        else:
            loss, stats = model.head(model.features(), following)
            if step % 2 == 0:
                right, counted = int(stats.correct.sum()), int(stats.weight)
                print(f"step {step}: loss {loss:.3f} per token, {right} of {counted} tokens right")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


model = LanguageModel()
twin = copy.deepcopy(model)
print(model.head)
plan = model.head.options.plan(tokens.numel(), WIDTH, VOCABULARY, itemsize=4)
print(f"{plan.rows} of {tokens.numel()} positions have logits at a time")
losses = train(model, with_logits=False)
largest = max(abs(a - b) / b for a, b in zip(losses, train(twin, with_logits=True), strict=True))
print(f"with all logits held the losses differ by {largest:.0e} of themselves at most")
assert largest < 1e-5
