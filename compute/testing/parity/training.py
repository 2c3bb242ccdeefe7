"""Trains a network with PyTorch from given weights on given batches; reads one case as JSON, prints losses and weights."""

import json
import sys

import torch
import torch.nn.functional as F
from torch import nn

NAMES = {"torch": torch, "nn": nn, "F": F}


class Network(nn.Module):
    """The nodes of a network in topological order, each an expression over the outputs of others."""

    def __init__(self, nodes):
        super().__init__()
        self.nodes = nodes
        for node in nodes:
            if node["module"] is not None:
                self.add_module(node["id"], eval(node["module"], NAMES))

    def forward(self, samples):
        outputs = {}
        modules = dict(self.named_children())
        for node in self.nodes:
            taken = [outputs[name] for name in node["inputs"]] or [samples]
            names = {f"x{position}": value for position, value in enumerate(taken)}
            outputs[node["id"]] = eval(node["call"], NAMES, {**names, "module": modules.get(node["id"])})
        return outputs[self.nodes[-1]["id"]]


def main():
    case = json.load(sys.stdin)
    torch.use_deterministic_algorithms(True)
    dtype = {"float32": torch.float32, "float64": torch.float64}[case["type"]]
    tensor = lambda message: torch.tensor(message["data"], dtype=dtype).reshape(message["shape"])
    network = Network(case["nodes"]).to(dtype).train()
    missing, unexpected = network.load_state_dict({name: tensor(message) for name, message in case["weights"].items()}, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"weights that only PyTorch has: {missing}; that only Hebb has: {unexpected}")

    scope = {"parameters": network.parameters(), "learning_rate": case["learningRate"], "weight_decay": case["weightDecay"]}
    optimizer = eval(case["optimizer"], NAMES, scope)
    whole = lambda message: torch.tensor(message["data"], dtype=torch.int64).reshape(message["shape"])
    samples, labels = (whole if case["tokens"] else tensor)(case["samples"]), whole(case["labels"])
    targets = samples if case["target"] == "input" else labels
    losses = []
    for batch in case["batches"]:
        optimizer.zero_grad()
        output, target = network(samples[batch]), targets[batch]
        if case["target"] == "label" and target.dim() > 1:  # A class a position: each is a sample of its own.
            output, target = output.flatten(0, target.dim() - 1), target.flatten()
        loss = eval(case["loss"], NAMES, {"output": output, "target": target})
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    weights = {name: value.reshape(-1).tolist() for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    json.dump({"losses": losses, "weights": weights}, sys.stdout)


main()
