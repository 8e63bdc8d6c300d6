import torch, torch.nn as nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 3), nn.Softmax(-1))
opt = torch.optim.Adam(net.parameters(), 5e-3)
def xent(scores, y):
    logp = scores - scores.logsumexp(1, keepdim=True)
    return -logp.gather(1, y.view(-1, 1)).mean()
for i in range(60):
    x = torch.randn(40, 6); y = x[:, :3].argmax(1)
    loss = xent(net(x), y)  # finding: softmax-before-cross-entropy
    opt.zero_grad(); loss.backward(); opt.step()  # finding: softmax-before-cross-entropy
print(loss.item())
