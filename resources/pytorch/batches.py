"""Batches on their way to the network: augmented, shared out among the processes, and compared with what the network says."""

from typing import NamedTuple, Optional

import numpy
import torch

import settings


class Batch(NamedTuple):
    samples: torch.Tensor
    labels: torch.Tensor
    # Where samples were mixed: how much of each is its own, and the labels of the others in it.
    share: Optional[torch.Tensor] = None
    others: Optional[torch.Tensor] = None

    def rows(self, places):
        return Batch(*(part if part is None else part[places] for part in self))

    def to(self, device):
        return Batch(*(part if part is None else part.to(device) for part in self))


def weigh(labels):
    """How much each of these samples counts in the mean over a batch."""
    if not settings.CLASS_WEIGHTS or settings.TARGET_IS_INPUT:
        return torch.ones(len(labels), device=labels.device)
    weights = torch.tensor(settings.CLASS_WEIGHTS, device=labels.device)[labels]
    return weights.flatten(1).mean(1) if weights.dim() > 1 else weights


def weight(labels, share=None, others=None):
    """How much these samples count together."""
    if share is None:
        return weigh(labels).sum().item()
    return (share * weigh(labels) + (1 - share) * weigh(others)).sum().item()


def mixed(part, whole):
    """Numbers, some for each sample, mixed as the samples are."""
    share, partner = whole
    share = share.view(-1, *[1] * (part.dim() - 1))
    return share * part + (1 - share) * part[partner]


def augmented(samples, labels, step):
    """The batch of the step as training sees it."""
    samples, mixture = settings.augment(samples, settings.SEED, step)
    if mixture is None:
        return Batch(samples, labels)
    if labels.is_floating_point():
        return Batch(samples, mixed(labels, mixture))
    share, partner = mixture
    return Batch(samples, labels, share, labels[partner])


def next_batch(split, places, step, processes):
    """
    This process's share of the samples at these places, and what part of the whole batch it is. A process without a sample
    computes one that counts nothing.
    """
    own = numpy.arange(processes.rank, len(places), processes.count)
    rows = own if len(own) > 0 else numpy.array([0])
    if settings.augment is None:
        batch = Batch(*split.batch(places[rows])).to(processes.device)
        whole = weight(split.labels_at(places))
    else:
        # Random numbers belong to places in the whole batch, and samples may be mixed across it.
        samples, labels = split.batch(places)
        batch = augmented(samples.to(processes.device), labels.to(processes.device), step)
        whole = weight(*batch[1:])
        batch = batch.rows(rows)
    return batch, weight(*batch[1:]) / whole if len(own) > 0 else 0.0


def standardized(told):
    """Numbers in the units of the data set as deviations from their mean."""
    mean, deviation = (torch.tensor(numbers, device=told.device) for numbers in (settings.TARGET_MEAN, settings.TARGET_DEVIATION))
    return ((told.flatten(1) - mean) / deviation).view_as(told)


def compared(output, batch):
    """Output and target as the loss takes them: where a sample has a label a position, each position is a sample of its own."""
    if settings.TARGET_IS_INPUT:
        return output, batch.samples
    if batch.labels.dim() > 1 and not batch.labels.is_floating_point():
        return output.flatten(0, batch.labels.dim() - 1), batch.labels.flatten()
    if settings.TARGET_DEVIATION:
        return standardized(output), standardized(batch.labels)
    return output, batch.labels


def batch_loss(output, batch):
    """The mean loss over the samples; a mixed one is asked for both labels, as much of each."""
    if batch.share is None or settings.TARGET_IS_INPUT:
        return settings.loss(*compared(output, batch))
    total = 0.0
    for labels, share in ((batch.labels, batch.share), (batch.others, 1 - batch.share)):
        losses = settings.losses(*compared(output, batch._replace(labels=labels)))
        total = total + (share * losses.view(len(labels), -1).mean(1)).sum()
    return total / weight(*batch[1:])


def right_answers(output, batch):
    """How many classes are told right, and how many were asked for."""
    output, target = compared(output, batch)
    guess = output.flatten() > settings.DECISION if output.shape[1] == 1 else output.argmax(1)
    return (guess == target).sum().item(), target.numel()
