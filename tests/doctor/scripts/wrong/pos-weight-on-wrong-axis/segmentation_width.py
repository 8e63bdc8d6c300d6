"""Three organs, pos_weight of length 3, crops 3 pixels wide: columns are weighted, not organs."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Conv2d(1, 3, 3, padding=1)
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 5.0, 20.0]))  # finding: pos-weight-on-wrong-axis
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(8):
    image = torch.rand(4, 1, 6, 3)
    organs = torch.cat([image > 0.3, image > 0.6, image > 0.9], 1).float()
    loss = criterion(net(image), organs)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
