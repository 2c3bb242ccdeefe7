"""What Hebb's settings ask for around the optimizer: limits of the gradient, an average of the weights, and when training ends."""

import contextlib

import torch

import settings


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
