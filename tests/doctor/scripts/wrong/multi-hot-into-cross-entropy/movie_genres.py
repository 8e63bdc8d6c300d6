"""Multi-label movie genres; dataset of dicts, argparse main."""
import argparse

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

GENRES = ["drama", "comedy", "action", "horror", "romance", "war"]


class MovieDataset(Dataset):
    def __init__(self, size, seed):
        g = torch.Generator().manual_seed(seed)
        self.embeddings = torch.randn(size, 20, generator=g)
        self.genres = (self.embeddings[:, : len(GENRES)] > 0.5).float()

    def __len__(self):
        return len(self.embeddings)

    def __getitem__(self, index):
        return {"embedding": self.embeddings[index], "genres": self.genres[index]}


def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=2)
    args = parser.parse_args(argv)
    torch.manual_seed(0)
    model = torch.nn.Linear(20, len(GENRES))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    loader = DataLoader(MovieDataset(128, 0), batch_size=16, shuffle=True)
    for epoch in range(args.epochs):
        for batch in loader:
            logits = model(batch["embedding"])
            loss = F.cross_entropy(logits, batch["genres"])  # finding: multi-hot-into-cross-entropy
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, "ok")


if __name__ == "__main__":
    main([])
