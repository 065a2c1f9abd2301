"""A particle swarm that minimises, with restarts whose spread tells whether it can be believed.

The global-best form with inertia .729 and both accelerations 1.494 [Kennedy1995]_ [Eberhart2000]_. A swarm
can settle in a place that is not the best; one alone does not show it. Hence the restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.streams import stream

INERTIA, ACCELERATION = 0.729, 1.494
PARTICLES, ITERATIONS, RESTARTS = 28, 50, 8
STUCK = 1.02
"""A restart whose error exceeds the best one's times this did not find the best place."""


@dataclass(frozen=True, eq=False)
class SwarmResult:
    """Where each restart ended.

    Attributes
    ----------
    positions : float64 array, shape (restarts, parameters)
        The best place that each found.
    errors : float64 array, shape (restarts,)
        What is minimised, there.
    """

    positions: Floats
    errors: Floats

    @property
    def best(self) -> Floats:
        """The best place of all, shape (parameters,)."""
        found: Floats = self.positions[int(np.argmin(self.errors))]
        return found

    @property
    def n_stuck(self) -> int:
        """Number of restarts that ended more than 2 % above the best."""
        return int((self.errors > STUCK * self.errors.min() + 1e-15).sum())

    @property
    def spread(self) -> Floats:
        """Standard deviation of each parameter over restarts, shape (parameters,)."""
        found: Floats = self.positions.std(axis=0, ddof=1)
        return found


def minimise_by_swarm(
    objective: Callable[[Floats], Floats],
    low: Sequence[float],
    high: Sequence[float],
    *,
    particles: int = PARTICLES,
    iterations: int = ITERATIONS,
    restarts: int = RESTARTS,
    seed: int = 1,
) -> SwarmResult:
    """Minimise a function over a box.

    Parameters
    ----------
    objective : callable
        Takes places, shape (particles, parameters), and returns finite numbers, shape (particles,).
    low, high : sequences of float, length parameters
        Ends of the box.
    particles, iterations, restarts : int
        At least 2, 1 and 2.
    seed : int
        Of all restarts.

    Returns
    -------
    SwarmResult

    Raises
    ------
    StudyError
        If a number or the box is not as described, or the objective is not finite.

    References
    ----------
    [Kennedy1995]_; [Eberhart2000]_

    Examples
    --------
    >>> found = minimise_by_swarm(lambda x: 1 + ((x - 0.3) ** 2).sum(axis=1), [0, 0], [1, 1])
    >>> found.best.round(3).tolist(), found.n_stuck
    ([0.3, 0.3], 0)
    """
    box = np.array([low, high], dtype=np.float64)
    if box.ndim != 2 or not (np.isfinite(box).all() and (box[0] < box[1]).all()):
        raise StudyError(f"a swarm needs a box, each low end below its high end; {low} and {high} given")
    if particles < 2 or iterations < 1 or restarts < 2:
        raise StudyError(
            "a swarm needs at least 2 particles, 1 iteration and 2 restarts (their spread tells whether it "
            f"is stuck); {particles}, {iterations} and {restarts} given"
        )
    ended = [
        _fly(objective, box, particles, iterations, stream(seed, "swarm", restart))
        for restart in range(restarts)
    ]
    return SwarmResult(np.stack([place for place, _ in ended]), np.array([error for _, error in ended]))


def _fly(
    objective: Callable[[Floats], Floats],
    box: Floats,
    particles: int,
    iterations: int,
    rng: np.random.Generator,
) -> tuple[Floats, float]:
    """Return the best place that one swarm finds, and the error there."""
    low, high = box
    shape = (particles, low.size)
    places = low + rng.random(shape) * (high - low)
    speeds = (rng.random(shape) - 0.5) * (high - low)
    own, own_errors = places.copy(), _evaluate(objective, places)
    for _ in range(iterations):
        leader = own[int(np.argmin(own_errors))]
        speeds = INERTIA * speeds + ACCELERATION * (
            rng.random(shape) * (own - places) + rng.random(shape) * (leader - places)
        )
        moved = places + speeds
        places = np.clip(moved, low, high)
        speeds[moved != places] = 0.0  # who hits a wall stands, or it would press on there
        errors = _evaluate(objective, places)
        better = errors < own_errors
        own[better], own_errors[better] = places[better], errors[better]
    best = int(np.argmin(own_errors))
    return own[best], float(own_errors[best])


def _evaluate(objective: Callable[[Floats], Floats], places: Floats) -> Floats:
    errors = np.asarray(objective(places), dtype=np.float64)
    if errors.shape != (len(places),) or not np.isfinite(errors).all():
        raise StudyError(
            f"what a swarm minimises must be {len(places)} finite numbers; shape {errors.shape} returned"
            + ("" if np.isfinite(errors).all() else ", not all finite")
        )
    return errors
