"""An assistant's observation of people in a round, and the memory that it keeps between rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats

Memory = Mapping[str, NDArray[np.float64] | NDArray[np.int64]]
"""An assistant's memory: arrays by name; empty at first, replaced each round and never changed in place."""

Learnt = tuple[Floats, Memory]
"""What a policy returns: the assistant's values now, and its memory."""

_Policy = TypeVar("_Policy", bound=Callable[..., Any])


def declare(
    *, looks_at: str = "humans", speak: Callable[..., Floats] | None = None
) -> Callable[[_Policy], _Policy]:
    """Declare what a policy function looks at and how it speaks; a class has attributes of these names.

    Parameters
    ----------
    looks_at : str, optional
        ``mean``: it looks at no more of an observation than `Observation.mean` and who was heard, so that
        ``heard`` may have no rows. ``humans``: at each of those heard.
    speak : function, optional
        ``(values, told, **parameters)``: what it says to each of its listeners, a row for each of ``told``;
        it says its values to all if not given. One that takes a keyword ``listeners`` is given `Listeners`.

    Examples
    --------
    >>> @declare(looks_at="mean")
    ... def follow(values, observation, memory):
    ...     return (observation.mean if len(observation.humans) else values), memory
    >>> follow.looks_at
    'mean'
    """

    def mark(policy: _Policy) -> _Policy:
        vars(policy)["looks_at"] = looks_at
        if speak is not None:
            vars(policy)["speak"] = speak
        return policy

    return mark


@dataclass(frozen=True, eq=False)
class Listeners:
    """Whom a policy speaks to, for one that draws what it says or speaks otherwise to some than to others.

    Attributes
    ----------
    humans : int array, shape (listeners,)
        Number of each human, ascending; in the order of the rows of ``told``.
    round_index : int
        The round.
    seed : int
        Of the run.
    assistant : str
        Its name. A policy addresses its own draws by both, as with an `Observation`, and makes a row for
        every human up to the last, so that what one hears does not depend on who else consults.
    seen : bool array, shape (listeners, dimensions), or None
        Where the assistant perceived them; ``told`` has its own values elsewhere. None where it did all.
    """

    humans: NDArray[np.intp]
    round_index: int
    seed: int = 0
    assistant: str = ""
    seen: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class Observation:
    """What an assistant heard in a round, restricted to what the scenario lets it see.

    Attributes
    ----------
    heard : float64 array, shape (consultations, dimensions)
        Values of those who consulted it, as perceived, in [0, 1]; no rows if nobody did, or if only their
        mean was kept. Where it sees choices only: the candidate that each of them chose.
    humans : int array, shape (consultations,)
        Who they were.
    round_index : int
        The round in which they were heard.
    groups : int array, shape (consultations,), or None
        The group of each, from 0; None where groups are not known, which counts as one group.
    votes : float64 array, shape (consultations, dimensions), or None
        Where it sees choices only: 1 for the candidate above its values, -1 for the one below, 0 where
        both are as near; else None.
    gap : float
        How far either candidate lies from the assistant's values; 0 where it sees values.
    seed : int
        Of the run.
    assistant : str
        Its name. A policy addresses its own draws by both: ``stream(seed, "what for", assistant,
        round_index)``.
    log_precision : float64 array, shape (consultations,), or None
        Natural logarithm of the precision that each claims of its values; None where humans claim none.
    kept_mean : float64 array, shape (dimensions,), or None
        Mean of what was heard, where that alone was kept; None where ``heard`` has its rows.
    carried : bool array, shape (consultations,), or None
        Whose attack passed its guards, so that what it permits does not bear on what it learns from them;
        None where there are no adversaries.
    """

    PER_HUMAN: ClassVar[tuple[str, ...]] = ("heard", "humans", "groups", "votes", "log_precision", "carried")
    """Attributes that have a row for each of those heard."""

    heard: Floats
    humans: NDArray[np.intp]
    round_index: int
    groups: NDArray[np.intp] | None = None
    votes: Floats | None = None
    gap: float = 0.0
    seed: int = 0
    assistant: str = ""
    log_precision: Floats | None = None
    kept_mean: Floats | None = None
    carried: NDArray[np.bool_] | None = None

    def select(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Observation:
        """Return the observation of some of those heard, in the order of ``rows``.

        Examples
        --------
        >>> both = Observation(np.array([[0.1], [0.9]]), np.array([3, 7]), 1, log_precision=np.zeros(2))
        >>> one = both.select(np.array([1]))
        >>> one.humans, len(one.log_precision)
        (array([7]), 1)
        """
        return replace(self, **{name: array[rows] for name, array in self.per_human().items()})

    def per_human(self) -> dict[str, Any]:
        """Return by name all arrays that have a row for each of those heard, without those that are None."""
        arrays = {name: getattr(self, name) for name in self.PER_HUMAN}
        return {name: array for name, array in arrays.items() if array is not None}

    @property
    def mean(self) -> Floats:
        """Mean of what was heard, shape (dimensions,); somebody must have been heard."""
        return self.heard.mean(axis=0) if self.kept_mean is None else self.kept_mean


def move_towards(values: Floats, target: Floats, rate: float) -> Floats:
    """Return values moved towards a target by a fraction ``rate`` of the way.

    Examples
    --------
    >>> move_towards(np.array([0.9]), np.array([0.3]), 0.5).round(3).tolist()
    [0.6]
    """
    moved: Floats = values + rate * (target - values)
    return moved


def append_latest(memory: Memory, name: str, latest: Floats, n_kept: int) -> Floats:
    """Return the rows stored under a name plus the latest one, at most ``n_kept`` of them, oldest first.

    Examples
    --------
    >>> append_latest({"past": np.array([[0.1], [0.2]])}, "past", np.array([0.3]), 2).tolist()
    [[0.2], [0.3]]
    """
    kept = memory.get(name)
    rows = latest[None] if kept is None else np.concatenate([kept, latest[None]])
    return rows[-n_kept:].copy()
