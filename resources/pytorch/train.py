"""Trains the network as Hebb does: the same weights to begin with, the same batches in the same order, the same rules.

    python train.py                                   on one GPU if there is one, else on the CPU
    torchrun --nproc_per_node=4 train.py              on four GPUs (or processes): each takes its share of every batch
    torchrun --nnodes=2 --nproc_per_node=8 --rdzv_endpoint=HOST:29500 train.py      on two machines

What it learned goes to trained.safetensors, and a line for each step and epoch to metrics.jsonl.
"""

import argparse
import contextlib
import json
import os
from pathlib import Path

import torch
import torch.distributed as distributed
from torch import nn

import data
import settings
import weights
from model import Network
from order import shuffled_order

HERE = Path(__file__).parent


def arguments():
    parser = argparse.ArgumentParser(description="Trains the network as Hebb does.")
    parser.add_argument("--data", default=HERE / "data", type=Path, help="the data set: a folder with manifest.json")
    parser.add_argument("--weights", default=HERE / "initial.safetensors", type=Path, help="where to begin; weights.safetensors goes on")
    parser.add_argument("--out", default=HERE, type=Path, help="the folder for trained.safetensors and metrics.jsonl")
    parser.add_argument("--epochs", default=settings.EPOCHS, type=int)
    parser.add_argument("--steps", default=settings.STEPS, type=int, help="ends after so many batches")
    return parser.parse_args()


class Processes:
    """This process among those that train together; alone where torchrun started none."""

    def __init__(self):
        self.count, self.rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        self.numbers = []
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
            # Kept while gloo's threads may hold it: one that has to free it at the end waits for a lock that the end holds.
            self.numbers = [*self.numbers[-100:], numbers]
        return numbers.tolist()


def compared(samples, labels, output):
    """Output and target as the loss takes them: where a sample has a label a position, each position is a sample of its own."""
    if settings.TARGET_IS_INPUT:
        return output, samples
    if labels.dim() > 1 and not labels.is_floating_point():
        return output.flatten(0, labels.dim() - 1), labels.flatten()
    return output, labels


def weigh(labels):
    """How much these samples count in the mean over a batch."""
    if settings.CLASS_WEIGHTS and not settings.TARGET_IS_INPUT:
        return torch.tensor(settings.CLASS_WEIGHTS)[labels].sum().item()
    return float(len(labels))


def gradient_norm(parameters):
    return torch.sqrt(sum(parameter.grad.double().square().sum() for parameter in parameters)).item()


def regulate(parameters, norm):
    """What becomes of the gradient before the optimizer sees it: norm, limits, and what L1 adds."""
    factor = 1.0
    if settings.NORMALIZE_GRADIENT:
        factor /= max(norm, 1e-12)
    if settings.CLIP_NORM is not None:
        factor *= min(1.0, settings.CLIP_NORM / (norm * factor + 1e-6))
    for parameter in parameters:
        if factor != 1.0:
            parameter.grad.mul_(factor)
        if settings.CLIP_VALUE is not None:
            parameter.grad.clamp_(-settings.CLIP_VALUE, settings.CLIP_VALUE)
        if settings.L1 > 0:
            parameter.grad.add_(parameter.detach().sign(), alpha=settings.L1)


def measure(network, split, processes):
    """Mean loss, and the part of the classes that are right, over a split; each process looks at its share."""
    network.eval()
    loss = right = answers = weight = 0.0
    with torch.no_grad():
        for start in range(processes.rank * settings.BATCH_SIZE, len(split), processes.count * settings.BATCH_SIZE):
            samples, labels = split.batch(range(start, min(start + settings.BATCH_SIZE, len(split))))
            part = weigh(labels)
            samples, labels = samples.to(processes.device), labels.to(processes.device)
            output, target = compared(samples, labels, network(samples))
            loss += settings.loss(output, target).item() * part
            weight += part
            if not target.is_floating_point():
                guess = output.flatten() > settings.DECISION if output.shape[1] == 1 else output.argmax(1)
                right += (guess == target).sum().item()
                answers += target.numel()
    loss, weight, right, answers = processes.total(loss, weight, right, answers)
    return {"loss": loss / weight if weight else None, "accuracy": right / answers if answers else None}


class Average:
    """A running average of the weights, with which the network is evaluated."""

    def __init__(self, network):
        self.network = network
        self.values = [parameter.detach().clone() for parameter in network.parameters()]

    def follow(self):
        for value, parameter in zip(self.values, self.network.parameters()):
            if parameter.requires_grad:
                value.mul_(settings.AVERAGING).add_(parameter.detach(), alpha=1 - settings.AVERAGING)

    @contextlib.contextmanager
    def in_place(self):
        own = [parameter.detach().clone() for parameter in self.network.parameters()]
        self.put(self.values)
        yield
        self.put(own)

    def put(self, values):
        with torch.no_grad():
            for parameter, value in zip(self.network.parameters(), values):
                parameter.copy_(value)


def ends(history):
    """Whether these epochs, each (training loss, validation), end the training; and which was the best."""
    best = None
    if settings.EARLY is not None:
        sign = 1 if settings.EARLY["measure"] == "loss" else -1
        costs = [sign * validation[settings.EARLY["measure"]] for _, validation in history]
        for place, cost in enumerate(costs):
            if best is None or cost < costs[best] - settings.EARLY["minimum_change"]:
                best = place
        if best is not None and len(history) - 1 - best >= settings.EARLY["patience"]:
            return True, best
    if settings.STABLE_LOSS is not None and len(history) > settings.STABLE_LOSS["epochs"]:
        losses = [loss for loss, _ in history[-settings.STABLE_LOSS["epochs"] - 1 :]]
        if all(abs(b - a) <= settings.STABLE_LOSS["tolerance"] * abs(a) for a, b in zip(losses, losses[1:])):
            return True, best
    return False, best


def main():
    options = arguments()
    processes = Processes()
    torch.manual_seed(settings.SEED + processes.rank)  # Of dropout and noise alone: the order of the samples is Hebb's own.
    splits = data.load(options.data)
    train = splits["train"]
    network = Network()
    missing, unexpected = network.load_state_dict(weights.load(options.weights), strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise SystemExit(f"The weights do not fit the network: {missing + unexpected}")
    network.to(processes.device)
    together = processes.share(network)
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]

    batch_size = min(settings.BATCH_SIZE, len(train))
    steps_per_epoch = -(-len(train) // batch_size)
    optimizer = settings.make_optimizer(parameters)
    scheduler, stepped = settings.make_scheduler(optimizer, options.epochs, steps_per_epoch)
    average = Average(network) if settings.AVERAGING is not None else None
    history, best, step, running = [], None, 0, True
    metrics = open(options.out / "metrics.jsonl", "w") if processes.rank == 0 else None

    def note(**values):
        if metrics is not None:
            print(json.dumps(values), file=metrics, flush=True)

    def learned():
        values = zip(network.named_parameters(), average.values) if average else ()
        tensors = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith("num_batches_tracked")}
        return {name: tensor.clone() for name, tensor in {**tensors, **{name: value for (name, _), value in values}}.items()}

    for epoch in range(options.epochs):
        order = shuffled_order(len(train), settings.SEED, step) if settings.SHUFFLED else list(range(len(train)))
        together.train()
        losses = 0.0
        for start in range(0, len(train), batch_size):
            if options.steps is not None and step >= options.steps:
                running = False
                break
            places = order[start : start + batch_size]
            mine = places[processes.rank :: processes.count]
            # A process without a sample computes one that counts nothing.
            samples, labels = train.batch(mine if len(mine) > 0 else places[:1])
            whole = weigh(train.batch(places)[1] if processes.count > 1 else labels)
            part = (weigh(labels) if len(mine) > 0 else 0.0) / whole
            samples, labels = samples.to(processes.device), labels.to(processes.device)
            output, target = compared(samples, labels, together(samples))
            loss = settings.loss(output, target) * part
            # The processes' gradients are averaged, and each has only its part of the batch.
            (loss * processes.count / settings.ACCUMULATION).backward()
            (batch_loss,) = processes.total(loss.item())
            losses += batch_loss
            rate = optimizer.param_groups[0]["lr"]
            if (step + 1) % settings.ACCUMULATION == 0:
                norm = gradient_norm(parameters) if settings.NEEDS_NORM else 0.0
                if settings.GRADIENT_NORM is not None and norm < settings.GRADIENT_NORM:
                    running = False
                    break
                regulate(parameters, norm)
                optimizer.step()
                optimizer.zero_grad()
                if average is not None:
                    average.follow()
            if stepped == "step":
                scheduler.step()
            step += 1
            note(step=step, loss=batch_loss, learning_rate=rate)
        if not running:
            break
        with average.in_place() if average else contextlib.nullcontext():
            validation = measure(network, splits["validation"], processes)
        history.append((losses / steps_per_epoch, validation if validation["loss"] is not None else {"loss": losses / steps_per_epoch, "accuracy": 0.0}))
        if stepped == "epoch":
            scheduler.step()
        if stepped == "loss":
            scheduler.step(history[-1][1]["loss"])
        note(epoch=epoch + 1, step=step, loss=losses / steps_per_epoch, validation=validation)
        if processes.rank == 0:
            print(f"epoch {epoch + 1}: loss {losses / steps_per_epoch:.4f}, validation {validation}", flush=True)
        over, place = ends(history)
        if settings.EARLY is not None and settings.EARLY["restore_best"] and place == len(history) - 1:
            best = learned()
        if over:
            break

    result = best if best is not None else learned()
    network.load_state_dict(result, strict=False)
    test = measure(network, splits["test"], processes)
    note(test=test, step=step)
    if processes.rank == 0:
        weights.save(result, options.out / "trained.safetensors")
        metrics.close()
        print(f"test {test}; {step} steps; the weights are in {options.out / 'trained.safetensors'}")
    if processes.count > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
