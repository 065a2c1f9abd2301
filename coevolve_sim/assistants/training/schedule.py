"""The learning-rate schedule: linear warmup, then cosine decay to 0."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class SecondOptimizer(Protocol):
    """Interface of an optimizer that updates some of the weights in place of AdamW."""

    @property
    def weights(self) -> list[Any]:
        """The weights that it updates."""

    def step(self, share: float) -> None:
        """Update the weights, at a share in [0, 1] of its highest learning rate."""


class WarmupCosine:
    """AdamW whose learning rate rises over the first updates and decays along a cosine to 0 by the last.

    Parameters
    ----------
    weights : iterable of torch.nn.Parameter
        Weights that AdamW updates.
    n_updates : int
        Number of updates in all.
    highest : float
        Highest learning rate of AdamW.
    beside : SecondOptimizer, optional
        A second optimizer, which follows the same schedule.
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
        """Update the weights by their gradients, clipped to a joint norm of 1, and clear the gradients."""
        import torch

        # Warmup lasts a fifth of the updates, at most 40 and at least 1.
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

    @property
    def n_done(self) -> int:
        """Updates done so far."""
        return self._done

    def state(self) -> dict[str, Any]:
        """Return AdamW's tensors by name: what it goes on from beside the weights, after one update at least.

        A second optimizer's are not among them.
        """
        kept = {} if self._adam is None else self._adam.state_dict()["state"]
        return {f"{n}.{name}": tensor for n, own in kept.items() for name, tensor in own.items()}

    def restore(self, n_done: int, state: Mapping[str, Any]) -> None:
        """Go on after so many updates, with the tensors that `state` returned then."""
        self._done = n_done
        if self._adam is None:
            return
        found: dict[int, dict[str, Any]] = {}
        for name, tensor in state.items():
            number, _, own = name.partition(".")
            found.setdefault(int(number), {})[own] = tensor
        self._adam.load_state_dict({**self._adam.state_dict(), "state": found})
