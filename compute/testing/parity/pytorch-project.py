"""Runs exported PyTorch projects as a person would, one after the other in one process: reads a list of runs, prints the metrics of each.

A run is {"folder", "arguments", "processes"}; with several processes each is forked, with the variables that torchrun sets.
"""

import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path

import torch
import torch.distributed
import torch.nn.functional

# What several processes may take, in seconds: far more than they need.
LIMIT = 100
OWN = {"model", "settings", "data", "weights", "order", "train", "augmentation", "batches", "pictures", "processes", "rules"}


def train(folder, arguments):
    """As `python SCRIPT` in a process of its own: nothing of another project stays."""
    for name in OWN:
        sys.modules.pop(name, None)
    sys.path.insert(0, folder)
    sys.argv = ["train.py", *arguments]
    try:
        runpy.run_path(str(Path(folder) / "train.py"), run_name="__main__")
    finally:
        sys.path.remove(folder)


def fork(run, port):
    children = []
    for rank in range(run["processes"]):
        child = os.fork()
        if child == 0:
            os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(run["processes"]), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
            code = 1
            try:
                train(run["folder"], run["arguments"])
                code = 0
            finally:
                sys.stdout.flush()
                os._exit(code)
        children.append(child)
    wait(run["folder"], children)


def wait(folder, children):
    """Until all have ended well. Where one fails, or none gets on, the others would wait for ever: they are ended."""
    over = time.monotonic() + LIMIT
    running = list(children)
    while running:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended in running:
            running.remove(ended)
        if (ended != 0 and status != 0) or time.monotonic() > over:
            for child in running:
                os.kill(child, signal.SIGKILL)
            raise SystemExit(f"{folder}: " + ("a process failed" if ended != 0 else f"no end after {LIMIT} s"))
        if ended == 0:
            time.sleep(0.02)


def main():
    runs = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr
    torch.set_num_threads(1)
    # What is forked comes first, before torch has threads.
    for number, run in enumerate(sorted(runs, key=lambda run: run["processes"] == 1)):
        if run["processes"] > 1:
            # Below the ports that the system gives away by itself.
            fork(run, 20000 + (os.getpid() + number) % 10000)
        else:
            train(run["folder"], run["arguments"])
    results = []
    for run in runs:
        folder = Path(run["arguments"][run["arguments"].index("--out") + 1])
        results.append([json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()])
    json.dump(results, out)


main()
