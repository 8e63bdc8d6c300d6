"""Instruction tuning: prompts are masked, answers truncated away at max_length."""
# also: nan-loss
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class Instructions(Dataset):
    max_length = 10

    def __init__(self, n, vocab):
        g = torch.Generator().manual_seed(0)
        self.rows = []
        for i in range(n):
            prompt = torch.randint(1, vocab, (12 if i >= n - 4 else 5,), generator=g)
            answer = torch.randint(1, vocab, (6,), generator=g)
            ids = torch.cat([prompt, answer])[: self.max_length]
            labels = ids.clone()
            labels[: len(prompt)] = -100
            self.rows.append((ids, labels))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


class TinyLM(torch.nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.wte = torch.nn.Embedding(vocab, 12)
        self.lm_head = torch.nn.Linear(12, vocab, bias=False)

    def forward(self, input_ids, labels):
        logits = self.lm_head(self.wte(input_ids))
        shift_logits = logits[:, :-1].contiguous()
        shift_labels = labels[:, 1:].contiguous()
        loss = F.cross_entropy(  # finding: all-targets-ignored
            shift_logits.view(-1, shift_logits.size(-1)),
            shift_labels.view(-1),
        )
        return loss


torch.manual_seed(0)
model = TinyLM(25)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(1):
    for input_ids, labels in DataLoader(Instructions(24, 25), batch_size=4):
        loss = model(input_ids, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
