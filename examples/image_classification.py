"""Images of two classes, 95 to 5: what class weights buy, and what they cost."""

import torch
from torch import nn

import crossent


def draw(count: int, rare_share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise (class 0), and noise with a faint bright bar (class 1)."""
    labels = (torch.rand(count) < rare_share).to(torch.uint8)
    images = torch.randn(count, 1, 8, 8)
    images[labels == 1, :, 3:5, :] += 0.6
    return images, labels


def train(criterion: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> nn.Module:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 6 * 6, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    for _ in range(5):
        for rows in torch.randperm(len(labels)).split(64):
            optimizer.zero_grad()
            criterion(model(images[rows]), labels[rows]).backward()
            optimizer.step()
    return model


torch.manual_seed(0)
images, labels = draw(2000, rare_share=0.05)
test_images, test_labels = draw(2000, rare_share=0.05)
for criterion in (crossent.CrossEntropyLoss(), crossent.CrossEntropyLoss(weight=crossent.class_weights(labels))):
    right = train(criterion, images, labels)(test_images).argmax(1) == test_labels
    recall = [f"{right[test_labels == c].float().mean():.0%}" for c in (0, 1)]
    print(f"{criterion!s:<50} common class found: {recall[0]}, rare class found: {recall[1]}")
