"""Computes losses with PyTorch in float64: reads cases as JSON, prints the mean loss and its gradient by the output."""

import json
import sys

import torch
import torch.nn.functional as F

NAMES = {"torch": torch, "F": F}


def compute(case):
    output = torch.tensor(case["output"]["data"], dtype=torch.float64).reshape(case["output"]["shape"]).requires_grad_()
    kind = torch.int64 if case["labels"] else torch.float64
    target = torch.tensor(case["target"]["data"], dtype=kind).reshape(case["target"]["shape"])
    loss = eval(case["loss"], {**NAMES, "output": output, "target": target})
    loss.backward()
    return {"loss": loss.item(), "gradient": output.grad.reshape(-1).tolist()}


json.dump([compute(case) for case in json.load(sys.stdin)], sys.stdout)
