"""Runs the network on the samples of check.safetensors and compares with what Hebb computed: python check.py"""

from pathlib import Path

import torch

import weights
from model import Network

HERE = Path(__file__).parent
TOLERANCE = 1e-4


def main():
    network = Network().eval()
    network.load_state_dict(weights.load(HERE / "weights.safetensors"), strict=False)
    check = weights.load(HERE / "check.safetensors")
    samples, expected = check["samples"], check["outputs"]
    with torch.no_grad():
        outputs = network(samples.long() if samples.dtype == torch.int32 else samples)
    difference = (outputs - expected).abs().max().item()
    scale = max(1.0, expected.abs().max().item())
    print(f"{len(samples)} samples, largest difference {difference:.2e}, outputs up to {scale:.3g}")
    if not difference <= TOLERANCE * scale:
        raise SystemExit("The outputs differ from those of Hebb.")


if __name__ == "__main__":
    main()
