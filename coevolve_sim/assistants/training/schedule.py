"""How fast weights move: learning rates that rise, and fall along a cosine."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Protocol


class SecondOptimizer(Protocol):
    """What moves some of the weights by another way than AdamW."""

    @property
    def weights(self) -> list[Any]:
        """What it moves."""

    def step(self, share: float) -> None:
        """Move them, at a share in [0, 1] of its highest learning rate."""


class WarmupCosine:
    """AdamW whose rate rises over the first updates and falls along a cosine to nothing by the last.

    Parameters
    ----------
    weights : iterable of torch.nn.Parameter
        What moves by AdamW.
    n_updates : int
        How many there will be.
    highest : float
        Highest learning rate of AdamW.
    beside : SecondOptimizer, optional
        What else moves, by the same schedule.
    """

    def __init__(
        self,
        weights: Iterable[Any],
        n_updates: int,
        highest: float,
        beside: SecondOptimizer | None = None,
    ) -> None:
        import torch

        own = list(weights)
        self._weights = [*own, *([] if beside is None else beside.weights)]
        adam = torch.optim.AdamW(own, highest, (0.9, 0.95), weight_decay=0.0) if own else None
        self._adam, self._highest, self._beside = adam, highest, beside
        self._n_updates, self._done = n_updates, 0

    def update(self) -> None:
        """Move the weights by their gradients, and forget these."""
        import torch

        rising = min(1.0, (self._done + 1) / min(40.0, max(1.0, self._n_updates / 5)))
        falling = 0.5 * (1.0 + math.cos(math.pi * self._done / self._n_updates))
        self._done += 1
        torch.nn.utils.clip_grad_norm_(self._weights, 1.0)
        if self._adam is not None:
            self._adam.param_groups[0]["lr"] = self._highest * rising * falling
            self._adam.step()
        if self._beside is not None:
            self._beside.step(rising * falling)
        for weight in self._weights:
            weight.grad = None
