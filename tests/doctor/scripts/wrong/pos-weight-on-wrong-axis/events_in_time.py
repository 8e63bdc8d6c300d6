import torch
import torch.nn.functional as F


class EventDetector(torch.nn.Module):
    """(N, channels, time) in, one score per event and frame out: (N, events, frames)."""

    def __init__(self, events):
        super().__init__()
        self.conv = torch.nn.Conv1d(4, events, 3, padding=1)
        self.register_buffer("pos_weight", torch.linspace(1, 10, events))

    def loss(self, audio, events):
        scores = self.conv(audio)
        return F.binary_cross_entropy_with_logits(scores, events, pos_weight=self.pos_weight)  # finding: pos-weight-on-wrong-axis


def main():
    torch.manual_seed(0)
    model = EventDetector(8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(10):
        audio = torch.randn(6, 4, 8)
        target = (torch.randn(6, 8, 8) > 1).float()
        optimizer.zero_grad()
        model.loss(audio, target).backward()
        optimizer.step()


main()
