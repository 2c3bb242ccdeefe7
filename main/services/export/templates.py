"""Reads exports of all templates as strangers do: PyTorch runs each project, h5py looks at each file of Keras. Prints what it found."""

import json
import runpy
import sys
from pathlib import Path

import h5py
import numpy
import torch

OWN = {"model", "weights"}


def run_project(folder):
    """The largest difference, in parts of the largest output, between model.py and what Hebb computed."""
    for name in OWN:
        sys.modules.pop(name, None)
    sys.path.insert(0, folder)
    try:
        runpy.run_path(str(Path(folder) / "check.py"), run_name="__main__")
        import model
        import weights

        network = model.Network().eval()
        network.load_state_dict(weights.load(Path(folder) / "weights.safetensors"), strict=False)
        check = weights.load(Path(folder) / "check.safetensors")
        samples = check["samples"]
        with torch.no_grad():
            outputs = network(samples.long() if samples.dtype == torch.int32 else samples)
        return ((outputs - check["outputs"]).abs().max() / max(1.0, check["outputs"].abs().max().item())).item()
    finally:
        sys.path.remove(folder)


def layout(path):
    """The weights of each layer of an HDF5 file of Keras by the names that it lists, as shapes and sums."""
    with h5py.File(path) as file:
        config = json.loads(file.attrs["model_config"])
        group = file["model_weights"]
        text = lambda name: name.decode() if isinstance(name, bytes) else name
        weights = {}
        for layer in map(text, group.attrs["layer_names"]):
            arrays = [group[layer][text(name)][()] for name in group[layer].attrs["weight_names"]]
            weights[layer] = [[list(array.shape), float(numpy.abs(array).sum(dtype=numpy.float64))] for array in arrays]
        return {"layers": [layer["config"]["name"] for layer in config["config"]["layers"]], "weights": weights}


def main():
    tasks = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr
    results = [{"difference": run_project(task["project"]), "keras": layout(task["h5"])} for task in tasks]
    json.dump(results, out)


main()
