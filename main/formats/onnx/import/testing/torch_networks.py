"""Writes networks of PyTorch as ONNX files with samples and PyTorch's own outputs: torch_networks.py FOLDER."""

import json
import os
import sys
import warnings

import torch
from torch import nn
import torch.nn.functional as F

warnings.filterwarnings("ignore")
torch.manual_seed(3)
folder = sys.argv[1]
index = {}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 8, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.down = nn.Sequential(nn.Conv2d(4, 8, 1, 2, bias=False), nn.BatchNorm2d(8))
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)) + self.down(x))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(y, 1), 1))


class Reader(nn.Module):
    def __init__(self, cell, both=False, first=True):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.cell = cell(6, 5, num_layers=2, batch_first=first, bidirectional=both)
        self.first = first
        self.head = nn.Linear(10 if both else 5, 4)

    def forward(self, x):
        y, _ = self.cell(self.embedding(x))
        return self.head(y[:, -1] if self.first else y[-1])


class Squeeze(nn.Module):
    """Squeeze and excitation, with SiLU and depthwise convolutions."""

    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv2d(6, 6, 5, padding=2, groups=6)
        self.reduce = nn.Conv2d(6, 2, 1)
        self.expand = nn.Conv2d(2, 6, 1)
        self.head = nn.Linear(6 * 4 * 4, 3)

    def forward(self, x):
        y = F.silu(self.depthwise(x))
        gate = torch.sigmoid(self.expand(F.silu(self.reduce(y.mean((2, 3), keepdim=True)))))
        return self.head((y * gate).reshape(x.shape[0], -1))


class Encoder(nn.Module):
    def __init__(self, norm_first=False):
        super().__init__()
        self.project = nn.Linear(5, 8)
        self.position = nn.Parameter(torch.randn(1, 7, 8))
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, 0.1, F.gelu, batch_first=True, norm_first=norm_first)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.layer(self.project(x) + self.position).mean(1))


class Attention(nn.Module):
    """Attention written out by hand, as many papers' code does, and causal."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.out = nn.Linear(8, 8)
        self.register_buffer("mask", torch.full((6, 6), float("-inf")).triu(1))

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = (part.view(n, t, 4, 2).transpose(1, 2) for part in self.qkv(x).split(8, dim=2))
        shares = torch.softmax(q @ k.transpose(-2, -1) / 2**0.5 + self.mask, -1)
        return self.out((shares @ v).transpose(1, 2).reshape(n, t, c))


class Sound(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 6, 5, stride=2, padding=2)
        self.norm = nn.BatchNorm1d(6)
        self.group = nn.GroupNorm(3, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        y = F.leaky_relu(self.norm(self.conv(x)), 0.2)
        y = self.group(F.max_pool1d(y, 2))
        return F.log_softmax(self.head(y.mean(2)), 1)


class Painter(nn.Module):
    def __init__(self):
        super().__init__()
        self.start = nn.Sequential(nn.Linear(5, 32), nn.ELU())
        self.body = nn.Sequential(
            nn.ConvTranspose2d(8, 4, 4, 2, 1), nn.Hardswish(),
            nn.Upsample(scale_factor=2), nn.ZeroPad2d((1, 0, 2, 1)), nn.Conv2d(4, 2, 3), nn.InstanceNorm2d(2, affine=True), nn.PReLU(2), nn.Softplus(),
        )

    def draw(self, x):
        return self.body(self.start(x).view(-1, 8, 2, 2))

    def forward(self, x):
        return torch.cat([self.draw(x), torch.tanh(self.draw(-x)) * 2 + 1], 1).clamp(-0.5, 3)


lenet = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
    nn.Linear(400, 120), nn.Tanh(), nn.Dropout(0.5), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
)
flowers = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 3), nn.Softmax(1))
tokens = torch.randint(0, 11, (3, 9))
networks = {
    "LeNet": (lenet, torch.randn(3, 1, 28, 28), 0),
    "residual block": (Block(), torch.randn(3, 4, 9, 9), 0),
    "LSTM classifier": (Reader(nn.LSTM), tokens, 0),
    "GRU in both directions": (Reader(nn.GRU, True), tokens, 0),
    "RNN, steps first": (Reader(nn.RNN, False, False), tokens.T.contiguous(), 1),
    "squeeze and excitation": (Squeeze(), torch.randn(3, 6, 4, 4), 0),
    "transformer encoder": (Encoder(), torch.randn(3, 7, 5), 0),
    "transformer encoder, norm first": (Encoder(True), torch.randn(3, 7, 5), 0),
    "causal attention": (Attention(), torch.randn(3, 6, 8), 0),
    "sound": (Sound(), torch.randn(3, 3, 32), 0),
    "painter": (Painter(), torch.randn(3, 5), 0),
    "flowers": (flowers, torch.randn(3, 4), 0),
}
for number, (name, (network, samples, axis)) in enumerate(networks.items()):
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    network.eval()
    with torch.no_grad():
        expected = network(samples)
    for opset in (11, 17):
        for dynamic in (False, True):
            title = f"{name}, opset {opset}, {'any batch' if dynamic else 'a batch of 3'}"
            file = f"{number}-{opset}-{int(dynamic)}"
            axes = {"input": {axis: "batch"}, "output": {0: "batch"}} if dynamic else None
            try:
                torch.onnx.export(network, samples, os.path.join(folder, f"{file}.onnx"), opset_version=opset, input_names=["input"],
                                  output_names=["output"], dynamic_axes=axes)
            except Exception as error:
                print(f"{title}: {error}", file=sys.stderr)
                continue
            index[title] = {"file": file, "axis": axis, "samples": samples.movedim(axis, 0).flatten().tolist(), "expected": expected.flatten().tolist()}
with open(os.path.join(folder, "index.json"), "w") as target:
    json.dump(index, target)
