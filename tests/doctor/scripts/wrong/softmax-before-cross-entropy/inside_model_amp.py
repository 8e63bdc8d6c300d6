"""The model returns (loss, output) as transformers do; autocast in bfloat16."""
import argparse

import torch
from torch import nn


class SequenceClassifier(nn.Module):
    def __init__(self, vocab_size, num_labels):
        super().__init__()
        self.embed = nn.EmbeddingBag(vocab_size, 16)
        self.classifier = nn.Linear(16, num_labels)
        self.loss_fct = nn.CrossEntropyLoss()

    def forward(self, input_ids, labels=None):
        scores = self.classifier(self.embed(input_ids)).softmax(-1)
        if labels is None:
            return scores
        return self.loss_fct(scores, labels), scores  # finding: softmax-before-cross-entropy


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main():
    args = parse_args()
    torch.manual_seed(args.seed)
    model = SequenceClassifier(50, 6)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    for step in range(args.steps):
        ids = torch.randint(50, (32, 12))
        labels = ids[:, 0] % 6
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss, scores = model(ids, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"final loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
