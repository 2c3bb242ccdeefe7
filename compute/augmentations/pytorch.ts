/** What the PyTorch text of augmentations relies on, as a Python program would define it. */

/** Functions that the lines of an augmentation call, for a program that has imported torch and torch.nn.functional as F. */
export const pytorchFunctions = `def affine(a, b, c, d, e, f):
    """Maps [batch, 2, 3] from entries that are numbers or tensors [batch]."""
    entries = [a, b, c, d, e, f]
    batch = max(entry.shape[0] for entry in entries if torch.is_tensor(entry))
    like = next(entry for entry in entries if torch.is_tensor(entry))
    columns = [entry if torch.is_tensor(entry) else torch.full((batch,), float(entry), dtype=like.dtype, device=like.device) for entry in entries]
    return torch.stack(columns, 1).view(batch, 2, 3)


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
`;

const quoted = (text: string): string => `"${text}"`;

/** The line that moves the pixels of \`x\` by the map of these entries, as Python expressions. */
export const warpLine = (entries: readonly [string, string, string, string, string, string], outside: string): string =>
  `x = warp(x, affine(${entries.join(', ')}), ${quoted(outside)})`;
