"""Learning rates of PyTorch's schedulers: reads cases as JSON, prints the rate of every step of each."""

import json
import math
import sys

import torch
from torch.optim import lr_scheduler as S

NAMES = {"S": S, "math": math}


def rates(case):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=case["learningRate"])
    scope = {
        "optimizer": optimizer,
        "epochs": case["epochs"],
        "steps_per_epoch": case["stepsPerEpoch"],
        "learning_rate": case["learningRate"],
    }
    scheduler = eval(case["scheduler"], {**NAMES, **scope})
    found = []
    for loss in case["validationLosses"]:
        for _ in range(case["stepsPerEpoch"]):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            # The scheduler of one cycle refuses a step past the last, for which there is no rate.
            if case["stepped"] == "step" and len(found) < case["epochs"] * case["stepsPerEpoch"]:
                scheduler.step()
        if case["stepped"] == "epoch":
            scheduler.step()
        if case["stepped"] == "loss":
            scheduler.step(loss)
    return found


json.dump([rates(case) for case in json.load(sys.stdin)], sys.stdout)
