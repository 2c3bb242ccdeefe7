"""PyTorch as the outside reference: answers one request a line, JSON in, JSON out. Arguments: threads, device (cpu or cuda)."""

import json
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
DEVICE = sys.argv[2]
# float32 and nothing coarser, with the fastest kernels that it finds.
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.benchmark = True
NAMES = {"torch": torch, "nn": nn, "F": F}
work = {}


class Network(nn.Module):
    """The nodes of a network in topological order, each an expression over the outputs of others."""

    def __init__(self, nodes):
        super().__init__()
        self.nodes = nodes
        for node in nodes:
            if node["module"] is not None:
                self.add_module(node["id"], eval(node["module"], NAMES))
        self.calls = [compile(node["call"], node["id"], "eval") for node in nodes]

    def forward(self, samples):
        outputs = {}
        modules = dict(self.named_children())
        for node, call in zip(self.nodes, self.calls):
            taken = [outputs[name] for name in node["inputs"]] or [samples]
            names = {f"x{position}": value for position, value in enumerate(taken)}
            outputs[node["id"]] = eval(call, NAMES, {**names, "module": modules.get(node["id"])})
        return outputs[self.nodes[-1]["id"]]


def training(case):
    dtype = {"float32": torch.float32, "float64": torch.float64}[case["type"]]
    network = Network(case["nodes"]).to(DEVICE, dtype).train()
    values = numpy.fromfile(case["weightsFile"], dtype="<f4")
    state = {}
    for weight in case["weights"]:
        size = int(numpy.prod(weight["shape"]))
        state[weight["name"]] = torch.from_numpy(values[weight["offset"] : weight["offset"] + size].copy()).reshape(weight["shape"])
    missing, unexpected = network.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"weights that only PyTorch has: {missing}; that only Hebb has: {unexpected}")
    samples = torch.from_numpy(numpy.fromfile(case["samplesFile"], dtype="<f4")).reshape(case["samplesShape"])
    samples = samples.long() if case["tokens"] else samples.to(dtype)
    labels = torch.from_numpy(numpy.fromfile(case["labelsFile"], dtype="<i4")).long().reshape(case["labelsShape"])
    samples, labels = samples.to(DEVICE), labels.to(DEVICE)
    batch = case["batch"]
    batches = [(samples[i : i + batch], labels[i : i + batch].reshape(-1)) for i in range(0, len(samples), batch)]
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    done = 0

    def step():
        nonlocal done
        x, y = batches[done % len(batches)]
        done += 1
        optimizer.zero_grad()
        loss = F.cross_entropy(network(x).reshape(len(y), -1), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def product(case):
    a, b = torch.rand(case["a"], device=DEVICE), torch.rand(case["b"], device=DEVICE)
    if case["form"] is not None:
        left, right = (a.t() if case["form"] == "TN" else a), (b.t() if case["form"] == "NT" else b)
        return lambda: left @ right
    padding, result = case["padding"], case["result"]
    return {
        "forward": lambda: F.conv2d(a, b, padding=padding),
        "input gradient": lambda: nn.grad.conv2d_input(result, b, a, padding=padding),
        "weight gradient": lambda: nn.grad.conv2d_weight(a, result, b, padding=padding),
    }[case["pass"]]


def answer(request):
    call, handle = request["call"], request.get("handle")
    if call == "version":
        if DEVICE == "cpu":
            return torch.__version__
        if not torch.cuda.is_available():
            raise RuntimeError("it finds no CUDA")
        return f"{torch.__version__} on {torch.cuda.get_device_name()}"
    if call == "prepare":
        work[handle] = training(request["case"]) if "nodes" in request["case"] else product(request["case"])
        return None
    if call == "losses":
        return [work[handle]().item() for _ in range(request["steps"])]
    if call == "run":
        started = time.perf_counter()
        for _ in range(request["times"]):
            work[handle]()
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - started) * 1e3
    del work[handle]
    return None


for line in sys.stdin:
    try:
        reply = {"value": answer(json.loads(line))}
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
