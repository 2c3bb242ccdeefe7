"""Reads exports of all templates as strangers do: PyTorch runs each project, h5py and NumPy look at files. Prints what they found."""

import io
import json
import runpy
import sys
import zipfile
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


def same_weights(folder, safetensors, npz):
    """Whether the files of weights alone hold what the project holds, by PyTorch and by NumPy; names there have dashes."""
    import weights

    project = weights.load(Path(folder) / "weights.safetensors")
    tensors = {name.replace("-", "_"): tensor for name, tensor in weights.load(safetensors).items()}
    arrays = {name.replace("-", "_"): array for name, array in numpy.load(npz).items()}
    for name, tensor in project.items():
        if not torch.equal(tensors.pop(name), tensor) or not numpy.array_equal(arrays.pop(name), tensor.numpy()):
            return False
    return not tensors and not arrays


def keras_arrays(path):
    """The weights of each layer of a .keras file, in the order of its variables, as shapes and sums."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        config = json.loads(archive.read("config.json"))
        assert json.loads(archive.read("metadata.json"))["keras_version"]
        found = {}
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:

            def note(name, item):
                if isinstance(item, h5py.Dataset):
                    found[name] = [list(item.shape), float(numpy.abs(item[()]).sum(dtype=numpy.float64))]

            file.visititems(note)
    return {"layers": [layer["config"]["name"] for layer in config["config"]["layers"]], "arrays": list(found.values())}


def main():
    tasks = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr
    results = [
        {
            "difference": run_project(task["project"]),
            "same": same_weights(task["project"], task["safetensors"], task["npz"]),
            "hdf5": layout(task["h5"]),
            "keras": keras_arrays(task["keras"]),
        }
        for task in tasks
    ]
    json.dump(results, out)


main()
