"""Settings that all ways of training an adapter share."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coevolve_sim.errors import TrainingError


@dataclass(frozen=True)
class Training:
    """Settings of training that DPO and supervised tuning share.

    Attributes
    ----------
    learning_rate : float
        The highest, above 0. It rises to this over the first updates and falls along a cosine to nothing.
        The default suits the embedded model; models of billions of parameters take 1e-5 to 2e-4.
    epochs : int
        Passes over all pairs or examples, at least 1.
    batch : int
        Pairs or examples of one update, at least 1.
    rank : int
        Of a fresh adapter, at least 1; an adapter that training starts from keeps its own.
    alpha : float
        Of a fresh adapter, above 0: what it adds is scaled by alpha / rank.
    seed : int
        Of a fresh adapter's weights and of the order, at least 0.
    dtype : str
        What the base computes in: ``float32``, ``bfloat16``, ``float16``, ``float64``, or ``auto`` as in
        `coevolve_sim.minds.local.mind.LocalMind`. The adapter is trained in float32, or float64 where the
        base is.
    device : str
        ``cpu``, ``cuda``, ``cuda:1``, ``mps``; ``auto`` is the GPU if there is one.
    n_threads : int
        Threads of a CPU; on one, the same seed gives the same adapter bit for bit on the same machine.

    Raises
    ------
    TrainingError
        If one is out of its range.
    """

    learning_rate: float = 2e-3
    epochs: int = 1
    batch: int = 16
    rank: int = 8
    alpha: float = 16.0
    seed: int = 0
    dtype: str = "float32"
    device: str = "auto"
    n_threads: int = 1

    def __post_init__(self) -> None:
        for name in ("learning_rate", "alpha"):
            self._must_be_positive(name)
        for name, least in (("epochs", 1), ("batch", 1), ("rank", 1), ("seed", 0), ("n_threads", 1)):
            given = getattr(self, name)
            if not isinstance(given, int) or given < least:
                raise TrainingError(f"{name} is {given}; it must be a whole number, at least {least}")

    def _must_be_positive(self, name: str) -> None:
        given = getattr(self, name)
        if not (math.isfinite(given) and given > 0.0):
            raise TrainingError(f"{name} is {given}; it must be a number above 0")
