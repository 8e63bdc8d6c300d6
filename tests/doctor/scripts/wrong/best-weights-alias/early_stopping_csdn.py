# 早停类,保存最优参数(没有深拷贝)
import torch
import torch.nn as nn


class EarlyStopping:
    def __init__(self, patience=3):
        self.patience = patience
        self.counter = 0
        self.best_score = None
        self.best_state = None

    def __call__(self, score, model):
        if self.best_score is None or score > self.best_score:
            self.best_score = score
            self.best_state = {k: v.cpu() for k, v in model.state_dict().items()}  # finding: best-weights-alias
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience


torch.manual_seed(1)
x = torch.randn(200, 5)
y = (x[:, 0] * x[:, 1] > 0).long()
net = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 2))
stopper = EarlyStopping(patience=2)
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(30):
    net.train()
    optimizer.zero_grad()
    loss_fn(net(x[:150]), y[:150]).backward()
    optimizer.step()
    net.eval()
    with torch.no_grad():
        acc = (net(x[150:]).argmax(1) == y[150:]).float().mean().item()
    if stopper(acc, net):
        print('early stop at', epoch)
        break
net.load_state_dict(stopper.best_state)
torch.save(net.state_dict(), 'best.pth')
