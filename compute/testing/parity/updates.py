"""Moves a weight with PyTorch's optimizers in float64: reads cases as JSON, prints the weight after each update of each case."""

import json
import sys

import torch

NAMES = {"torch": torch}


def moves(case):
    tensor = lambda name: torch.tensor(case[name], dtype=torch.float64)
    weight, slope, shift = tensor("weight").requires_grad_(), tensor("slope"), tensor("shift")
    scope = {"parameters": [weight], "learning_rate": case["learningRate"], "weight_decay": case["weightDecay"]}
    optimizer = eval(case["optimizer"], NAMES, scope)
    average = weight.detach().clone()
    found = []
    for step in range(case["steps"]):
        # The gradient of a bowl that moves from step to step.
        gradient = slope * weight.detach() - shift * step / case["steps"]
        share = gradient / case["accumulation"]
        weight.grad = share if weight.grad is None else weight.grad + share
        if (step + 1) % case["accumulation"] == 0:
            if case["normalizeGradient"]:
                weight.grad = torch.nn.functional.normalize(weight.grad, dim=0)
            if case["clipNorm"] is not None:
                torch.nn.utils.clip_grad_norm_([weight], case["clipNorm"])
            if case["clipValue"] is not None:
                torch.nn.utils.clip_grad_value_([weight], case["clipValue"])
            weight.grad = weight.grad + case["l1"] * torch.sign(weight.detach())
            optimizer.step()
            weight.grad = None
            decay = case["averaging"]["decay"] if case["averaging"] is not None else 0.0
            average = decay * average + (1 - decay) * weight.detach()
        if (step + 1) % case["every"] == 0:
            found.append({"weight": weight.detach().tolist(), "average": average.tolist()})
    return found


json.dump([moves(case) for case in json.load(sys.stdin)], sys.stdout)
