"""LeNet-5 as a user of PyTorch would write it, with weights from a safetensors file; prints the logits of given images.

Reads {"weights": path, "images": path, "count": n}; the images are raw bytes, 28 x 28 each. The file is taken apart here
by hand, after the format's own description, so that nothing of Hebb reads what Hebb wrote.
"""

import json
import struct
import sys

import numpy
import torch
import torch.nn.functional as F
from torch import nn


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.dense1 = nn.Linear(400, 120)
        self.dense2 = nn.Linear(120, 84)
        self.dense3 = nn.Linear(84, 10)

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.conv1(images)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.dense1(torch.flatten(x, 1)))
        return self.dense3(F.relu(self.dense2(x)))


def load(path):
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    types = {"F32": "<f4", "F64": "<f8"}
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(content[8 + length + begin : 8 + length + end], types[entry["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).astype("float32"))
    return tensors


def main():
    task = json.load(sys.stdin)
    network = LeNet5()
    # Strict: every name and every shape is PyTorch's own.
    network.load_state_dict(load(task["weights"]), strict=True)
    network.eval()
    pixels = numpy.fromfile(task["images"], numpy.uint8).reshape(task["count"], 1, 28, 28)
    with torch.no_grad():
        logits = network(torch.from_numpy(pixels).float() / 255)
    json.dump(logits.double().tolist(), sys.stdout)


main()
