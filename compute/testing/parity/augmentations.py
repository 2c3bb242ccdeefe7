"""Augments batches with PyTorch in float64 for given random numbers: reads cases as JSON, prints samples and shares."""

import json
import math
import sys

import torch
import torch.nn.functional as F


def tensor(message):
    return torch.tensor(message["data"], dtype=torch.float64).reshape(message["shape"])


def compute(functions, case):
    draws = iter([tensor(draw) for draw in case["draws"]])

    def uniform(*shape):
        drawn = next(draws)
        assert list(drawn.shape) == list(shape), f"{case['name']}: asked for {shape}, drawn were {tuple(drawn.shape)}"
        return drawn

    names = {"torch": torch, "F": F, "math": math, "uniform": uniform, "x": tensor(case["samples"]), "colours": tensor(case["colours"])}
    exec(functions, names)
    for line in case["lines"]:
        exec(line, names)
    assert next(draws, None) is None, f"{case['name']}: not all random numbers were used"
    share = names.get("share")
    partner = names.get("partner")
    return {
        "samples": names["x"].reshape(-1).tolist(),
        "share": [] if share is None else share.tolist(),
        "partner": [] if partner is None else partner.tolist(),
    }


message = json.load(sys.stdin)
json.dump([compute(message["functions"], case) for case in message["cases"]], sys.stdout)
