"""A language model with tied weights of variance 1: the first loss is far above log(vocab)."""
import torch
from torch import nn


class LM(nn.Module):
    def __init__(self, vocab=120, d=256):
        super().__init__()
        self.tok = nn.Embedding(vocab, d)
        self.mix = nn.Linear(d, d)
        self.norm = nn.LayerNorm(d)
        self.head = nn.Linear(d, vocab, bias=False)
        self.head.weight = self.tok.weight

    def forward(self, idx, targets):
        logits = self.head(self.norm(self.mix(self.tok(idx))))
        b, t, c = logits.shape
        return nn.functional.cross_entropy(logits.view(b * t, c), targets.reshape(b * t))  # finding: initial-loss-off


torch.manual_seed(1337)
model = LM()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for it in range(8):
    text = torch.randint(120, (8, 17))
    loss = model(text[:, :-1], text[:, 1:])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
