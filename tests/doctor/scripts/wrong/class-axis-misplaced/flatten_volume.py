"""3-D segmentation, scores (N, C, D, H, W) reshaped with (-1, C)."""
import torch
import torch.nn.functional as F

torch.manual_seed(0)
net = torch.nn.Conv3d(1, 3, 3, padding=1)
opt = torch.optim.RMSprop(net.parameters(), lr=1e-3)


def criterion(prediction, truth):
    n_classes = prediction.shape[1]
    prediction = torch.reshape(prediction, (-1, n_classes))
    return F.cross_entropy(prediction, truth.flatten())  # finding: class-axis-misplaced


for volume in torch.rand(8, 2, 1, 4, 6, 6):
    truth = (volume[:, 0] * 2.99).long()
    opt.zero_grad()
    criterion(net(volume), truth).backward()
    opt.step()
