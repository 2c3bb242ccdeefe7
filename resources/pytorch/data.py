"""Reads a data set as Hebb keeps it: a folder with manifest.json and raw little-endian shards, which numpy maps from the disk."""

import json
from pathlib import Path

import numpy
import torch

TYPES = {"u8": numpy.uint8, "f32": numpy.dtype("<f4"), "i32": numpy.dtype("<i4")}


class Table:
    """Rows of one shape and type that lie in several files, one after another."""

    def __init__(self, folder, shards, shape):
        self.parts = []
        for shard in shards:
            rows = numpy.memmap(folder / shard["file"], TYPES[shard["file"].rsplit(".", 1)[1]], mode="r")
            self.parts.append(rows.reshape(-1, *shape))
        self.starts = numpy.cumsum([0] + [len(part) for part in self.parts])

    def rows(self, places):
        parts = numpy.searchsorted(self.starts, places, side="right") - 1
        return numpy.stack([self.parts[part][place - self.starts[part]] for part, place in zip(parts, places)])


class Split:
    """The samples of one split with their labels, by their place in it."""

    def __init__(self, samples, labels, members):
        self.samples, self.labels, self.members = samples, labels, members

    def __len__(self):
        return len(self.members)

    def labels_at(self, places):
        return tensor(self.labels.rows(self.members[places]))

    def batch(self, places):
        """Samples [batch, ...] and labels. Bytes become numbers 0 ... 1; tokens and classes are whole numbers."""
        samples = self.samples.rows(self.members[places])
        if samples.dtype == numpy.uint8:
            samples = samples.astype(numpy.float32) * numpy.float32(1 / 255)
        return tensor(samples), self.labels_at(places)


def tensor(rows):
    return torch.from_numpy(rows.astype(numpy.float32 if rows.dtype.kind == "f" else numpy.int64))


def load(folder):
    """The splits train, validation and test of the data set in the folder."""
    folder = Path(folder)
    if not (folder / "manifest.json").exists():
        raise SystemExit(f"There is no data set in {folder}: give the folder with its manifest.json as --data.")
    manifest = json.loads((folder / "manifest.json").read_text())
    if manifest["format"] != "hebb-dataset" or manifest["version"] != 2:
        raise SystemExit("This is no data set of Hebb, version 2.")
    samples = Table(folder, manifest["samples"], manifest["sampleShape"])
    labels = Table(folder, manifest["labels"], manifest["labelShape"])
    codes = numpy.fromfile(folder / manifest["splits"]["file"], numpy.uint8)
    return {name: Split(samples, labels, numpy.flatnonzero(codes == code)) for code, name in enumerate(("train", "validation", "test"))}
