"""Trains the network as Hebb does: the same weights to begin with, the same batches in the same order, the same rules.

    python train.py                                   on one GPU if there is one, else on the CPU
    torchrun --nproc_per_node=4 train.py              on four GPUs (or processes): each takes its share of every batch
    torchrun --nnodes=2 --nproc_per_node=8 --rdzv_endpoint=HOST:29500 train.py      on two machines

What it learned goes to trained.safetensors, and a line for each step and epoch to metrics.jsonl.
"""

import argparse
import contextlib
import json
from pathlib import Path

import numpy
import torch

import data
import settings
import weights
from batches import Batch, batch_loss, next_batch, right_answers, weight
from model import Network
from order import shuffled_order
from processes import Processes
from rules import Average, ends, gradient_norm, regulate

HERE = Path(__file__).parent


def arguments():
    parser = argparse.ArgumentParser(description="Trains the network as Hebb does.")
    parser.add_argument("--data", default=HERE / "data", type=Path, help="the data set: a folder with manifest.json")
    parser.add_argument("--weights", default=HERE / "initial.safetensors", type=Path, help="where to begin; weights.safetensors goes on")
    parser.add_argument("--out", default=HERE, type=Path, help="the folder for trained.safetensors and metrics.jsonl")
    parser.add_argument("--epochs", default=settings.EPOCHS, type=int)
    parser.add_argument("--steps", default=settings.STEPS, type=int, help="ends after so many batches")
    return parser.parse_args()


def measure(network, split, processes):
    """Mean loss over a split and, where there are classes, the part of them that is right; each process looks at its share."""
    network.eval()
    loss = right = answers = weights = 0.0
    with torch.no_grad():
        for start in range(processes.rank * settings.BATCH_SIZE, len(split), processes.count * settings.BATCH_SIZE):
            batch = Batch(*split.batch(range(start, min(start + settings.BATCH_SIZE, len(split))))).to(processes.device)
            output = network(batch.samples)
            part = weight(batch.labels)
            loss += batch_loss(output, batch).item() * part
            weights += part
            if settings.CLASSES:
                told, asked = right_answers(output, batch)
                right, answers = right + told, answers + asked
    loss, weights, right, answers = processes.total(loss, weights, right, answers)
    if not weights:
        return None
    return {"loss": loss / weights, **({"accuracy": right / answers} if settings.CLASSES else {})}


def learned(network, average):
    """The weights by name: their running averages where there are some."""
    tensors = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    if average is not None:
        tensors.update((name, value) for (name, _), value in zip(network.named_parameters(), average.values))
    return {name: tensor.clone() for name, tensor in tensors.items()}


def described(split, measures):
    """What a split measures, to be read."""
    return "" if measures is None else "".join(f", {split} {name} {value:.4f}" for name, value in measures.items())


def main():
    options = arguments()
    processes = Processes()
    torch.manual_seed(settings.SEED + processes.rank)  # Of dropout and noise in the network: all else is drawn as Hebb draws it.
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
    options.out.mkdir(parents=True, exist_ok=True)
    metrics = open(options.out / "metrics.jsonl", "w") if processes.rank == 0 else None

    def note(**values):
        if metrics is not None:
            print(json.dumps(values), file=metrics, flush=True)

    for epoch in range(options.epochs):
        order = shuffled_order(len(train), settings.SEED, step) if settings.SHUFFLED else numpy.arange(len(train))
        together.train()
        losses = 0.0
        for start in range(0, len(train), batch_size):
            if options.steps is not None and step >= options.steps:
                running = False
                break
            batch, part = next_batch(train, order[start : start + batch_size], step, processes)
            loss = batch_loss(together(batch.samples), batch) * part
            # The processes' gradients are averaged, and each has only its part of the batch.
            (loss * processes.count / settings.ACCUMULATION).backward()
            (whole_loss,) = processes.total(loss.item())
            losses += whole_loss
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
            note(step=step, loss=whole_loss, learning_rate=rate)
        if not running:
            break
        with average.in_place() if average else contextlib.nullcontext():
            validation = measure(network, splits["validation"], processes)
        mean = losses / steps_per_epoch
        history.append((mean, validation or {"loss": mean, "accuracy": 0.0}))
        if stepped == "epoch":
            scheduler.step()
        if stepped == "loss":
            scheduler.step(history[-1][1]["loss"])
        note(epoch=epoch + 1, step=step, loss=mean, validation=validation)
        if processes.rank == 0:
            print(f"epoch {epoch + 1}: loss {mean:.4f}{described('validation', validation)}", flush=True)
        over, place = ends(history)
        if settings.EARLY is not None and settings.EARLY["restore_best"] and place == len(history) - 1:
            best = learned(network, average)
        if over:
            break

    result = best if best is not None else learned(network, average)
    network.load_state_dict(result, strict=False)
    test = measure(network, splits["test"], processes)
    note(test=test, step=step)
    if processes.rank == 0:
        weights.save(result, options.out / "trained.safetensors")
        metrics.close()
        print(f"{step} steps{described('test', test)}; the weights are in {options.out / 'trained.safetensors'}")
    processes.end()


if __name__ == "__main__":
    main()
