"""Segmentation with uint8 masks, void pixels (255) and channels-last logits."""

import torch
from torch import nn

import crossent

VOID = 255


def draw(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (N, 16, 16, 1) of a dark and a bright half, and masks (N, 16, 16) whose border nobody labelled."""
    edge = torch.randint(4, 12, (count, 1, 1))
    masks = (torch.arange(16) >= edge).to(torch.uint8).repeat(1, 16, 1)
    pictures = masks[..., None] + 0.5 * torch.randn(count, 16, 16, 1)
    masks[(torch.arange(16) - edge).abs().repeat(1, 16, 1) < 1] = VOID
    return pictures, masks


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 2, 5, padding=2))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.layers(pictures.movedim(-1, 1)).movedim(1, -1)  # (N, H, W, C)


torch.manual_seed(0)
model, criterion = Network(), crossent.CrossEntropyLoss(ignore_index=VOID, dim=-1, return_stats=True)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
print(criterion)
for step in range(41):
    pictures, masks = draw(16)
    loss, stats = criterion(model(pictures), masks)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        print(f"step {step:2}: loss {loss:.3f}, {stats.correct.sum() / stats.weight:.1%} of the labelled pixels right")
