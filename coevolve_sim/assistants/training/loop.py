"""Training an adapter, batch by batch, in an order that has a name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from coevolve_sim.assistants.training.adapters import Trainable
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
) -> None:
    """Move an adapter's weights by the gradient of a loss.

    Parameters
    ----------
    trainable : Trainable
        Its weights are changed in place.
    n_items : int
        Pairs or examples there are, at least 1. Their order is drawn from the stream ``order of learning``
        by epoch.
    loss_of : callable
        Takes the numbers of a batch's items, returns their loss, a tensor with gradients.
    settings : Training
        Rate, epochs and batch.
    progress : callable, optional
        Called after every update with how many are done and how many there are.

    Raises
    ------
    TrainingError
        If a loss is no finite number.
    """
    size = min(settings.batch, n_items)
    n_updates = settings.epochs * -(-n_items // size)
    rates = WarmupCosine(trainable.weights, n_updates, settings.learning_rate)
    done = 0
    for epoch in range(settings.epochs):
        order = stream(settings.seed, "order of learning", epoch).permutation(n_items).tolist()
        for first in range(0, n_items, size):
            loss = loss_of(order[first : first + size])
            if not bool(loss.isfinite()):
                raise TrainingError(
                    f"training went astray in epoch {epoch + 1}: the loss is {loss.item()}; take a lower "
                    "learning rate (nothing was saved)"
                )
            loss.backward()
            rates.update()
            done += 1
            if progress is not None:
                progress(done, n_updates)


def split_batches(n_items: int, size: int) -> Iterator[range]:
    """Yield the numbers of items, so many at a time."""
    for first in range(0, n_items, size):
        yield range(first, min(first + size, n_items))


@contextlib.contextmanager
def use_threads(number: int) -> Iterator[None]:
    """Compute on so many threads within, and on as many as before afterwards.

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
