"""Being watched changes no bit of a training: losses, weights, optimizer states and every random generator."""

from __future__ import annotations

from pathlib import Path

import pytest

from .forks import Forks

TRAINING = """
import hashlib, random
import numpy
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

random.seed(1); numpy.random.seed(2); torch.manual_seed(3)
x = torch.randn(100, 6)
y = x[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))
{setting}
weights = torch.ones(100)
loader = DataLoader(TensorDataset(x, y), 16, sampler=WeightedRandomSampler(weights, 100))
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 30)
best = None
for epoch in range(3):
    model.train()
    total = 0.0
    for xb, yb in loader:
        xb = xb + 0.1 * torch.from_numpy(numpy.random.randn(*xb.shape)).float() * random.random()
        {step}
        print(loss.item().hex())
        total += loss.item() * len(xb)
        scheduler.step()
    model.eval()
    with torch.no_grad():
        print(F.cross_entropy(model(x), y).item().hex(), total.hex())
    best = {{k: v.clone() for k, v in model.state_dict().items()}}
digest = hashlib.sha256()
for tensor in [*model.state_dict().values(), torch.get_rng_state()]:
    digest.update(tensor.detach().contiguous().numpy().tobytes())
for state in optimizer.state.values():
    digest.update(repr(sorted((key, str(value)) for key, value in state.items() if key != "old_dirs")).encode())
print(digest.hexdigest(), random.random().hex(), numpy.random.rand(), torch.rand(()).item())
"""

ADAM = "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)"
USUAL = "optimizer.zero_grad(); loss = {loss}; loss.backward(); optimizer.step()"
WAYS = {
    "cross_entropy": (ADAM, USUAL.format(loss="F.cross_entropy(model(xb), yb)")),
    "softmax first": (ADAM, USUAL.format(loss="F.cross_entropy(model(xb).softmax(1), yb)")),
    "nll": (ADAM, USUAL.format(loss="F.nll_loss(F.log_softmax(model(xb), 1), yb)")),
    "weights and smoothing": (
        ADAM + "; criterion = nn.CrossEntropyLoss(torch.tensor([1.0, 2.0, 50.0]), label_smoothing=0.1)",
        USUAL.format(loss="criterion(model(xb), yb)"),
    ),
    "bce": (
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)",
        USUAL.format(loss="F.binary_cross_entropy_with_logits(model(xb), F.one_hot(yb, 3).float())"),
    ),
    "no zero_grad": (ADAM, "loss = F.cross_entropy(model(xb), yb); loss.backward(); optimizer.step()"),
    "closure": (
        "optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)",
        "def closure():\n"
        "            optimizer.zero_grad(); loss = F.cross_entropy(model(xb), yb); loss.backward(); return loss\n"
        "        loss = optimizer.step(closure)",
    ),
    "bfloat16": (
        ADAM,
        "optimizer.zero_grad()\n"
        "        with torch.autocast('cpu', dtype=torch.bfloat16): loss = F.cross_entropy(model(xb), yb)\n"
        "        loss.backward(); optimizer.step()",
    ),
    "kept graph": (
        ADAM + "; kept = 0",
        USUAL.format(loss="F.cross_entropy(model(xb), yb)") + "; kept = kept + loss",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_results_are_bitwise_the_same(tmp_path: Path, forks: Forks, way: str) -> None:
    setting, step = WAYS[way]
    script = tmp_path / "train.py"
    script.write_text(TRAINING.format(setting=setting, step=step))
    plain, watched = forks.plain(script), forks.doctor(script)
    assert plain.status == 0, plain.stderr
    assert len(plain.stdout.split()) > 25
    assert watched.stdout == plain.stdout
