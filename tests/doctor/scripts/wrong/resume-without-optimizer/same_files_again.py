# 继续训练：每轮保存，重启后只恢复模型
import torch
from torch import nn


def make():
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    return net, torch.optim.RMSprop(net.parameters(), lr=1e-3)


def train(net, opt):
    for _ in range(5):
        x = torch.randn(20, 4)
        loss = nn.functional.cross_entropy(net(x), (x[:, 0] > 0).long())
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


torch.manual_seed(0)
net, opt = make()
print(train(net, opt))
torch.save({"weights": net.state_dict(), "optim": opt.state_dict()}, "state.pt")
for restart in range(2):
    net, opt = make()
    kept = torch.load("state.pt")
    net.load_state_dict(kept["weights"])  # finding: resume-without-optimizer
    print(train(net, opt))
    torch.save({"weights": net.state_dict(), "optim": opt.state_dict()}, "state.pt")
