"""A Trainer of our own in the manner of transformers: labels=..., loss in the output, accumulation by tokens."""
import torch
from torch import nn


class Output(dict):
    __getattr__ = dict.__getitem__


class SequenceClassifier(nn.Module):
    def __init__(self, vocab=80, labels=4):
        super().__init__()
        self.labels = labels
        self.embed = nn.Embedding(vocab, 24, padding_idx=0)
        self.encoder = nn.TransformerEncoderLayer(24, 4, 48, dropout=0.1, batch_first=True)
        self.pooler = nn.Sequential(nn.Linear(24, 24), nn.Tanh())
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(24, labels)

    def forward(self, input_ids, attention_mask, labels=None):
        h = self.encoder(self.embed(input_ids), src_key_padding_mask=attention_mask == 0)
        logits = self.classifier(self.dropout(self.pooler(h[:, 0])))
        loss = None
        if labels is not None:
            loss = nn.CrossEntropyLoss()(logits.view(-1, self.labels), labels.view(-1))
        return Output(loss=loss, logits=logits)


class Trainer:
    def __init__(self, model, train, val, accumulation=2):
        self.model, self.train_set, self.val_set, self.accumulation = model, train, val, accumulation
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda s: max(0.0, 1 - s / 20))

    def evaluate(self):
        self.model.eval()
        losses, right, n = 0.0, 0, 0
        with torch.no_grad():
            for batch in self.val_set:
                out = self.model(**batch)
                k = len(batch["labels"])
                losses += out.loss.item() * k
                right += (out.logits.argmax(-1) == batch["labels"]).sum().item()
                n += k
        return losses / n, right / n

    def train(self, epochs):
        for _ in range(epochs):
            self.model.train()
            for step, batch in enumerate(self.train_set):
                loss = self.model(**batch).loss / self.accumulation
                loss.backward()
                if (step + 1) % self.accumulation == 0:
                    nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                    self.optimizer.step()
                    self.scheduler.step()
                    self.optimizer.zero_grad()
            print(self.evaluate())


def batch(n):
    ids = torch.randint(1, 80, (n, 9))
    mask = torch.ones_like(ids)
    lengths = torch.randint(4, 10, (n,))
    mask[torch.arange(9)[None] >= lengths[:, None]] = 0
    return {"input_ids": ids * mask, "attention_mask": mask, "labels": ids[:, 0] % 4}


torch.manual_seed(0)
Trainer(SequenceClassifier(), [batch(16) for _ in range(8)], [batch(n) for n in (16, 16, 5)]).train(2)
