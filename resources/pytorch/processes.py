"""The processes that train together, as torchrun starts them; a single one where it did not."""

import os

import torch
import torch.distributed as distributed
from torch import nn

# The last sums of all processes. They outlive the group of processes: its end holds Python's lock while it waits for gloo's
# threads, and a thread that has to free a tensor of Python waits for that lock.
KEPT = []


class Processes:
    """This process among the others: its device, its rank, and what they do together."""

    def __init__(self):
        self.count, self.rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        cuda = torch.cuda.is_available()
        self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
        if cuda:
            torch.cuda.set_device(self.device)
        if self.count > 1:
            distributed.init_process_group("nccl" if cuda else "gloo", rank=self.rank, world_size=self.count)

    def share(self, network):
        """The network whose gradients are the mean over all processes."""
        if self.count == 1:
            return network
        if self.device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return nn.parallel.DistributedDataParallel(network, device_ids=[self.device.index] if self.device.type == "cuda" else None)

    def total(self, *values):
        """Numbers added up over all processes."""
        numbers = torch.tensor(values, dtype=torch.float64 if self.device.type == "cpu" else torch.float32, device=self.device)
        if self.count > 1:
            distributed.all_reduce(numbers)
            KEPT[:] = [*KEPT[-100:], numbers]
        return numbers.tolist()

    def end(self):
        if self.count > 1:
            distributed.destroy_process_group()
