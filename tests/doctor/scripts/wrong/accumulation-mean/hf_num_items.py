"""A Trainer that divides by gradient_accumulation_steps; the labels of each micro-batch count differently."""
import torch
from torch import nn


class CausalLM(nn.Module):
    def __init__(self, vocab=32):
        super().__init__()
        self.embed = nn.Embedding(vocab, 16)
        self.lm_head = nn.Linear(16, vocab)
        self.vocab = vocab

    def forward(self, input_ids, labels=None):
        logits = self.lm_head(self.embed(input_ids))
        shifted = nn.functional.pad(labels, (0, 1), value=-100)[..., 1:]
        loss = nn.functional.cross_entropy(logits.view(-1, self.vocab), shifted.reshape(-1), ignore_index=-100)  # finding: accumulation-mean
        return loss, logits


class Trainer:
    gradient_accumulation_steps = 2

    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def training_step(self, batch):
        self.model.train()
        loss, _ = self.model(**batch)
        loss = loss / self.gradient_accumulation_steps
        loss.backward()  # finding: accumulation-mean
        return loss.detach()

    def train(self, batches):
        for step, batch in enumerate(batches):
            self.training_step(batch)
            if (step + 1) % self.gradient_accumulation_steps == 0:
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.optimizer.step()
                self.optimizer.zero_grad()


torch.manual_seed(0)
batches = []
for _ in range(16):
    ids = torch.randint(32, (2, 20))
    labels = ids.clone()
    labels[:, : int(torch.randint(1, 18, ()))] = -100
    batches.append({"input_ids": ids, "labels": labels})
Trainer(CausalLM()).train(batches)
