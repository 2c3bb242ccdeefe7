"""Computes layers with PyTorch in float64: reads cases as JSON, prints output, new buffers and gradients of each."""

import json
import sys

import torch
import torch.nn.functional as F
from torch import nn

NAMES = {"torch": torch, "nn": nn, "F": F}


def tensor(message):
    whole = message.get("type") == "i32"
    return torch.tensor(message["data"], dtype=torch.int64 if whole else torch.float64).reshape(message["shape"])


def flat(value):
    return value.detach().reshape(-1).tolist()


def gradient(value):
    """Zero where nothing depends on it, as behind a step."""
    return flat(torch.zeros_like(value) if value.grad is None else value.grad)


def compute(case):
    inputs = [tensor(message) for message in case["inputs"]]
    for value in inputs:
        value.requires_grad_(value.is_floating_point())
    module = None
    if case["module"] is not None:
        module = eval(case["module"], NAMES).to(torch.float64)
        module.load_state_dict({name: tensor(message) for name, message in case["weights"].items()}, strict=False)
        expected = {name for name in module.state_dict() if name != "num_batches_tracked"}
        if expected != set(case["weights"]):
            raise ValueError(f"{case['name']}: PyTorch has {sorted(expected)}, Hebb {sorted(case['weights'])}")
        module.train(case["mode"] == "train")
    arguments = {f"x{position}": value for position, value in enumerate(inputs)}
    output = eval(case["call"], NAMES, {**arguments, "module": module})
    if output.requires_grad:
        (output * tensor(case["cotangent"])).sum().backward()
    parameters = dict(module.named_parameters()) if module is not None else {}
    buffers = dict(module.named_buffers()) if module is not None else {}
    return {
        "shape": list(output.shape),
        "output": flat(output),
        "inputGradients": [gradient(value) for value in inputs if value.requires_grad],
        "weightGradients": {name: gradient(value) for name, value in parameters.items()},
        "buffers": {name: flat(value) for name, value in buffers.items() if name != "num_batches_tracked"},
    }


json.dump([compute(case) for case in json.load(sys.stdin)], sys.stdout)
