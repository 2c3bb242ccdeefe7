"""What augmentation.py is made of: pictures moved by affine maps, and random numbers of other distributions."""

import math

import torch
import torch.nn.functional as F


def affine(a, b, c, d, e, f):
    """Maps [batch, 2, 3] from entries that are numbers or tensors [batch]."""
    entries = [a, b, c, d, e, f]
    batch = max(entry.shape[0] for entry in entries if torch.is_tensor(entry))
    like = next(entry for entry in entries if torch.is_tensor(entry))
    columns = [entry if torch.is_tensor(entry) else torch.full((batch,), float(entry), dtype=like.dtype, device=like.device) for entry in entries]
    return torch.stack(columns, 1).view(batch, 2, 3)


def after(first, second):
    """The maps of pictures that were seen through `first`, and then through `second`."""
    last = torch.tensor([[[0, 0, 1]]], dtype=second.dtype, device=second.device).expand(len(second), 1, 3)
    return first @ torch.cat([second, last], 1)


def warp(x, maps, outside):
    """The pixel at (u, v) of the result is that at maps · (u, v, 1) of x; both count pixels from the centre."""
    height, width = x.shape[2:]
    scale = torch.tensor([[1, height / width, 2 / width], [width / height, 1, 2 / height]], dtype=x.dtype, device=x.device)
    grid = F.affine_grid(maps * scale, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode={"zeros": "zeros", "edge": "border"}[outside], align_corners=False)


def whole_number(u, greatest):
    """A whole number out of -greatest ... greatest for each uniform number."""
    count = 2 * greatest + 1
    return torch.clamp((u * count).floor(), max=count - 1) - greatest


def normal(u, v):
    """Standard normal numbers from two tensors of uniform ones (Box, Muller, 1958)."""
    return torch.sqrt(-2 * torch.log(1 - u)) * torch.cos(2 * math.pi * v)
