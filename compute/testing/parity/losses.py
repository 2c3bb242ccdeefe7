"""Computes losses with PyTorch in float64: reads cases as JSON, prints the mean loss and its gradient by the output."""

import json
import math
import sys

import torch
import torch.nn.functional as F

NAMES = {"torch": torch, "F": F}


def written(value):
    return value if math.isfinite(value) else str(value)  # JSON knows finite numbers only.


def compute(case):
    output = torch.tensor(case["output"]["data"], dtype=torch.float64).reshape(case["output"]["shape"]).requires_grad_()
    kind = torch.int64 if case["labels"] else torch.float64
    target = torch.tensor(case["target"]["data"], dtype=kind).reshape(case["target"]["shape"])
    given, wanted = output, target
    if case["labels"] and target.dim() > 1:  # A class a position: each is a sample of its own.
        given, wanted = output.flatten(0, target.dim() - 1), target.flatten()
    names = {**NAMES, "output": given, "target": wanted}
    loss = eval(case["loss"], names)
    loss.backward()
    # What each sample loses, put together as a batch is.
    each = eval(case["each"], names)
    together = each.sum() / (torch.tensor(case["weights"], dtype=torch.float64)[wanted].sum() if case["weights"] else len(each))
    return {
        "loss": written(loss.item()),
        "together": written(together.item()),
        "gradient": [written(value) for value in output.grad.reshape(-1).tolist()],
    }


json.dump([compute(case) for case in json.load(sys.stdin)], sys.stdout)
