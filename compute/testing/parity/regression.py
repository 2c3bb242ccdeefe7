"""Prepares tables and pictures with NumPy, and trains small networks on numbers with PyTorch in float64: cases as JSON in, results out."""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def array(message):
    return np.array(message["data"], dtype=np.float64).reshape(message["shape"])


def statistics(case):
    samples = array(case["samples"])  # [samples, ...]; as the data set holds them.
    axis = 1 + case["axis"]
    others = tuple(other for other in range(samples.ndim) if other != axis)
    if case["kind"] == "range":
        least, greatest = samples.min(axis=others), samples.max(axis=others)
        mean, deviation = (least + greatest) / 2, (greatest - least) / 2
    else:
        mean, deviation = samples.mean(axis=others), samples.std(axis=others)
    result = {"mean": mean.tolist(), "deviation": np.where(deviation > 0, deviation, 1).tolist()}
    if case["colours"]:
        pixels = np.moveaxis(samples, 1, -1).reshape(-1, samples.shape[1])
        variances, axes = np.linalg.eigh(np.cov(pixels, rowvar=False, bias=True))
        # What the augmentation makes of them does not depend on the signs of the axes: this product does not either.
        result["spread"] = (axes @ np.diag(variances) @ axes.T).reshape(-1).tolist()
    return result


def train(case):
    torch.use_deterministic_algorithms(True)
    tensor = lambda message: torch.tensor(message["data"], dtype=torch.float64).reshape(message["shape"])
    samples, labels = tensor(case["samples"]), tensor(case["labels"])
    samples = (samples - samples.mean(0)) / samples.std(0, unbiased=False)
    inputs, hidden = case["weights"]["hidden.weight"]["shape"][1], case["weights"]["hidden.weight"]["shape"][0]
    network = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, labels.shape[1])).double()
    names = {"hidden": "0", "output": "2"}
    network.load_state_dict({f"{names[name.split('.')[0]]}.{name.split('.')[1]}": tensor(message) for name, message in case["weights"].items()})
    optimizer = torch.optim.SGD(network.parameters(), lr=case["learningRate"])
    mean, deviation = (labels.mean(0), labels.std(0, unbiased=False)) if case["standardize"] else (0, 1)
    estimates = torch.sigmoid if case["logits"] else lambda output: output * deviation + mean
    losses, errors = [], []
    for batch in case["batches"]:
        optimizer.zero_grad()
        output, target = network(samples[batch]), labels[batch]
        loss = eval(case["loss"], {"torch": torch, "F": F, "output": output, "target": (target - mean) / deviation})
        errors.append((estimates(output) - target).abs().mean().item())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        told = estimates(network(samples))
    left, all_of_it = ((labels - told) ** 2).sum(0), ((labels - labels.mean(0)) ** 2).sum(0)
    return {
        "losses": losses,
        "errors": errors,
        "meanAbsoluteErrors": (labels - told).abs().mean(0).tolist(),
        "r2": (1 - left / all_of_it).tolist(),
    }


message = json.load(sys.stdin)
json.dump({"statistics": [statistics(case) for case in message["statistics"]], "trainings": [train(case) for case in message["trainings"]]}, sys.stdout)
