"""The training loop of an adapter: batches in an order drawn from a named stream."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from coevolve_sim.assistants.training.adapters import Trainable
from coevolve_sim.assistants.training.checkpoint import Checkpoint
from coevolve_sim.assistants.training.schedule import WarmupCosine
from coevolve_sim.assistants.training.settings import Training
from coevolve_sim.errors import MindError, TrainingError
from coevolve_sim.minds.local.checkpoints import describe_missing
from coevolve_sim.streams import stream

Progress = Callable[[int, int], object]
"""Takes how much is done and how much there is in all."""


def train(
    trainable: Trainable,
    n_items: int,
    loss_of: Callable[[list[int]], Any],
    settings: Training,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Train an adapter's weights by gradient descent on a loss.

    Parameters
    ----------
    trainable : Trainable
        Its weights are changed in place.
    n_items : int
        Number of pairs or examples, at least 1. Their order in each epoch is drawn from the stream
        ``order of learning``.
    loss_of : callable
        Takes the numbers of a batch's items, returns their loss, a tensor with gradients.
    settings : Training
        Rate, epochs and batch.
    progress : callable, optional
        Called after every update with how many are done and how many there are.
    checkpoint : Checkpoint, optional
        Where training that was interrupted goes on from, and what is kept of this one; on a CPU and one
        thread the weights are then those of a training in one go, bit for bit.

    Raises
    ------
    TrainingError
        If a loss is no finite number, or the checkpoint cannot be written.
    """
    size = min(settings.batch, n_items)
    n_updates = settings.epochs * -(-n_items // size)
    rates = WarmupCosine(trainable.weights, n_updates, settings.learning_rate)
    done, number = 0 if checkpoint is None else checkpoint.restore(trainable, rates), 0
    for epoch in range(settings.epochs):
        order = stream(settings.seed, "order of learning", epoch).permutation(n_items).tolist()
        for first in range(0, n_items, size):
            number += 1
            if number <= done:
                continue
            loss = loss_of(order[first : first + size])
            if not bool(loss.isfinite()):
                raise TrainingError(
                    f"training went astray in epoch {epoch + 1}: the loss is {loss.item()}; take a lower "
                    "learning rate (nothing was saved)"
                )
            loss.backward()
            rates.update()
            if checkpoint is not None:
                checkpoint.keep(number, trainable, rates)
            if progress is not None:
                progress(number, n_updates)


def split_batches(n_items: int, size: int) -> Iterator[range]:
    """Yield the indices of items in batches of at most ``size``."""
    for first in range(0, n_items, size):
        yield range(first, min(first + size, n_items))


@contextlib.contextmanager
def use_threads(number: int) -> Iterator[None]:
    """Have torch use this many threads within the context, and as many as before afterwards.

    Raises
    ------
    MindError
        If torch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise MindError(describe_missing("torch")) from None
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
