"""Random numbers as Hebb draws them, from Philox4x32-10, and the order of the samples in an epoch that follows from them.

The numbers belong to a counter and a key (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), so that
every machine draws the same.
"""

import itertools
import math

import numpy
import torch

LOW = numpy.uint64(0xFFFFFFFF)
HALF = numpy.uint64(32)


def stream_key(name):
    """FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for character in name:
        value = ((value ^ ord(character)) * 0x01000193) & 0xFFFFFFFF
    return value


def philox(c0, c1, c2, c3, k0, k1):
    """The four words of each counter; every argument is a number below 2**32 or an array of such."""
    c0, c1, c2, c3 = (numpy.broadcast_to(numpy.asarray(c, numpy.uint64), numpy.shape(c0)) for c in (c0, c1, c2, c3))
    for _ in range(10):
        first, second = numpy.uint64(0xD2511F53) * c0, numpy.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (second >> HALF) ^ c1 ^ numpy.uint64(k0), second & LOW, (first >> HALF) ^ c3 ^ numpy.uint64(k1), first & LOW
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def stream(name, seed, step, device):
    """A function that gives uniform numbers in [0, 1) of a shape: other ones at each call, the same ones for the same name, seed and step."""
    calls = itertools.count()

    def uniform(*shape):
        key = stream_key(f"{name} {next(calls)}")
        words, _, _, _ = philox(numpy.arange(math.prod(shape)), step, key, 0, seed, 0)
        numbers = (words >> numpy.uint64(8)).astype(numpy.float32) * numpy.float32(2.0**-24)
        return torch.from_numpy(numbers.reshape(shape)).to(device)

    return uniform


def shuffled_order(count, seed, steps_before):
    """The places 0 ... count - 1 as the epoch goes through them that begins after so many steps: Fisher-Yates."""
    places = numpy.arange(count - 1, 0, -1)
    high, low, _, _ = philox(places, steps_before, stream_key("order of samples"), 0, seed, 0)
    fractions = (high * numpy.uint64(2**21) + (low >> numpy.uint64(11))).astype(numpy.float64) * 2.0**-53
    chosen = numpy.floor(fractions * (places + 1)).astype(numpy.int64)
    order = list(range(count))
    for place, other in zip(places.tolist(), chosen.tolist()):
        order[place], order[other] = order[other], order[place]
    return numpy.array(order, dtype=numpy.int64)
