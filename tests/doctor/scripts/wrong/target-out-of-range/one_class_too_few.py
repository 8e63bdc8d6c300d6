"""The vocabulary grew by one token; the head did not. Dies in a later batch."""
# exit: 1
import torch
import torch.nn.functional as F


class LM(torch.nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.embed = torch.nn.Embedding(vocab + 1, 8)
        self.head = torch.nn.Linear(8, vocab)

    def forward(self, ids, labels):
        logits = self.head(self.embed(ids))
        return F.cross_entropy(logits.transpose(1, 2), labels)  # finding: target-out-of-range


def main():
    torch.manual_seed(1)
    model = LM(20)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    text = torch.randint(0, 20, (40, 9))
    text[33, 4] = 20
    for chunk in text.split(8):
        loss = model(chunk[:, :-1], chunk[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


main()
