"""A network of PyTorch in the layout that Keras 2 saves as HDF5, written by h5py; samples and PyTorch's outputs for them."""
import json
import sys

import h5py
import numpy
import torch
from torch import nn

folder = sys.argv[1]
torch.manual_seed(11)
network = nn.Sequential(
    nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(4, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 2 * 2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Softmax(1),
)
network[1].running_mean.uniform_(-1, 1)
network[1].running_var.uniform_(0.5, 2)
network.eval()
state = {name: value.numpy() for name, value in network.state_dict().items()}
convolution = {"strides": [1, 1], "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1, "use_bias": True}
layers = [
    ("InputLayer", "input_1", {"batch_input_shape": [None, 8, 8, 2], "dtype": "float32", "sparse": False}, []),
    ("Conv2D", "conv2d", {"filters": 4, "kernel_size": [3, 3], "padding": "same", "activation": "linear", **convolution},
     [("kernel", state["0.weight"].transpose(2, 3, 1, 0)), ("bias", state["0.bias"])]),
    ("BatchNormalization", "batch_normalization", {"axis": [3], "momentum": 0.9, "epsilon": 1e-5, "center": True, "scale": True},
     [("gamma", state["1.weight"]), ("beta", state["1.bias"]), ("moving_mean", state["1.running_mean"]), ("moving_variance", state["1.running_var"])]),
    ("ReLU", "re_lu", {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}, []),
    ("MaxPooling2D", "max_pooling2d", {"pool_size": [2, 2], "padding": "valid", "strides": [2, 2], "data_format": "channels_last"}, []),
    ("Conv2D", "conv2d_1", {"filters": 6, "kernel_size": [3, 3], "padding": "valid", "activation": "relu", **convolution},
     [("kernel", state["4.weight"].transpose(2, 3, 1, 0)), ("bias", state["4.bias"])]),
    ("Flatten", "flatten", {"data_format": "channels_last"}, []),
    # Keras flattens with the channels last, PyTorch with the channels first.
    ("Dense", "dense", {"units": 5, "activation": "tanh", "use_bias": True},
     [("kernel", state["7.weight"].reshape(5, 6, 2, 2).transpose(2, 3, 1, 0).reshape(24, 5)), ("bias", state["7.bias"])]),
    ("Dense", "dense_1", {"units": 3, "activation": "softmax", "use_bias": True}, [("kernel", state["9.weight"].T), ("bias", state["9.bias"])]),
]
entries = [{"class_name": kind, "config": {"name": name, "trainable": True, **config}} for kind, name, config, _ in layers]
functional = [
    {**entry, "name": entry["config"]["name"], "inbound_nodes": [[[entries[index - 1]["config"]["name"], 0, 0, {}]]] if index > 0 else []}
    for index, entry in enumerate(entries)
]
configurations = {
    "sequential": {"class_name": "Sequential", "config": {"name": "sequential", "layers": entries}},
    "functional": {
        "class_name": "Functional",
        "config": {"name": "model", "layers": functional, "input_layers": [["input_1", 0, 0]], "output_layers": [["dense_1", 0, 0]]},
    },
}
for title, configuration in configurations.items():
    with h5py.File(f"{folder}/{title}.h5", "w") as file:
        file.attrs["keras_version"] = "2.11.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(configuration)
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [name.encode() for _, name, _, _ in layers]
        for _, name, _, arrays in layers:
            group = weights.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{part}:0".encode() for part, _ in arrays]
            for part, values in arrays:
                group.create_dataset(f"{name}/{part}:0", data=numpy.ascontiguousarray(values))
samples = torch.randn(4, 2, 8, 8)
with torch.no_grad():
    outputs = network(samples)
json.dump({"samples": samples.flatten().tolist(), "outputs": outputs.flatten().tolist()}, open(f"{folder}/expected.json", "w"))
