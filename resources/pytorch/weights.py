"""Reads and writes safetensors files; with the package of that name where it is installed, else by the few lines below.

The format: 8 bytes with the length of a JSON header (little-endian), the header, then the numbers of all tensors. The
header gives for each name the type, the shape and where the numbers begin and end behind it.
"""

import json
import struct

import numpy
import torch

TYPES = {"F32": numpy.dtype("<f4"), "F64": numpy.dtype("<f8"), "I32": numpy.dtype("<i4"), "I64": numpy.dtype("<i8")}


def load(path):
    """The tensors of a file by name."""
    try:
        from safetensors.torch import load_file
    except ImportError:
        return read(path)
    return load_file(str(path))


def save(tensors, path):
    """Writes tensors by name; float32 and float64 stay what they are, whole numbers become 64-bit ones."""
    arrays = {}
    for name, tensor in tensors.items():
        array = tensor.detach().cpu().contiguous().numpy()
        kind = {"float32": "F32", "float64": "F64"}.get(array.dtype.name, "I64")
        arrays[name] = (kind, array.astype(TYPES[kind]))
    header, offset = {}, 0
    for name, (kind, array) in arrays.items():
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, array in arrays.values():
            file.write(array.tobytes())


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        numbers = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = numpy.frombuffer(numbers[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors
