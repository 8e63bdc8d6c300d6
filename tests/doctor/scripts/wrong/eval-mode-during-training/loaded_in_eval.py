import torch
import torch.nn.functional as F


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layer = torch.nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.transformer = torch.nn.TransformerEncoder(layer, 1)
        self.embed = torch.nn.Embedding(20, 16)
        self.head = torch.nn.Linear(16, 3)

    def forward(self, ids):
        return self.head(self.transformer(self.embed(ids)).mean(1))


def from_pretrained():
    """As from_pretrained does: the model comes back in eval mode."""
    model = Encoder()
    model.eval()
    return model


def finetune(model, steps):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(steps):
        ids = torch.randint(20, (16, 6))
        logits = model(ids)  # finding: eval-mode-during-training
        loss = F.cross_entropy(logits, ids[:, 0] % 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
finetune(from_pretrained(), 8)
