# 按名字过滤预训练权重，结果一个也没剩下
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Linear(6, 16)
        self.classifier = nn.Linear(16, 3)

    def forward(self, x):
        return self.classifier(F.relu(self.features(x)))


pretrained = {f"net.{name}": weight for name, weight in Net().state_dict().items()}
net = Net()
own = net.state_dict()
own.update({name: weight for name, weight in pretrained.items() if name in own})
net.load_state_dict(own)  # finding: load-matched-nothing
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(90, 6)
for rows in torch.randperm(90).split(30):
    optimizer.zero_grad()
    F.cross_entropy(net(x[rows]), x[rows, :3].argmax(1)).backward()
    optimizer.step()
