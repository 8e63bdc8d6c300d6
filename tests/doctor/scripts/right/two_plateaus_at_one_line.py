import torch, torch.nn as nn
torch.manual_seed(0)
X = torch.randn(300, 6); y = X[:, :3].argmax(1)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.SGD(net.parameters(), .1)
by_acc = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, mode="max", patience=2)
by_err = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=4)
for ep in range(16):
    for i in torch.randperm(200).split(20):
        opt.zero_grad(); nn.functional.cross_entropy(net(X[i]), y[i]).backward(); opt.step()
    with torch.no_grad(): acc = (net(X[200:]).argmax(1) == y[200:]).float().mean().item()
    by_acc.step(acc); by_err.step(1 - acc)
