"""The market of assistants: which of them a human can choose, and which it consults.

Draws are made for every human, consulting or not, from a named stream, so that what one assistant sees, or
who switches, changes nobody else's draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.scenario.process_specs import AssistantSpec, ConsultingSpec
from coevolve_sim.streams import stream

NOBODY = -1


@dataclass(frozen=True, eq=False)
class Market:
    """The assistants that humans can choose in a round.

    Attributes
    ----------
    weights : float64 array, shape (groups, assistants)
        Weights, not normalised, by which humans of a group choose an assistant; 0 where it is absent or does
        not serve the group.
    group_of : int array, shape (humans,)
        Group of each human.
    """

    weights: Floats
    group_of: NDArray[np.int32]

    def choose(self, humans: Indices, draws: Floats) -> Indices:
        """Return the assistant that each given human chooses by its draw in [0, 1); -1 where there is none.

        Examples
        --------
        >>> market = Market(np.array([[1.0, 3.0], [0.0, 0.0]]), np.array([0, 0, 1], dtype=np.int32))
        >>> market.choose(np.arange(3), np.array([0.2, 0.3, 0.5])).tolist()
        [0, 1, -1]
        """
        cumulative = np.cumsum(self.weights, axis=1)
        choices = np.full(humans.size, NOBODY, dtype=np.intp)
        groups = self.group_of[humans]
        for group, row in enumerate(cumulative):
            if row.size and row[-1] > 0.0:
                of_group = groups == group
                choices[of_group] = np.searchsorted(row, draws[of_group] * row[-1], side="right")
        return choices

    def choose_other(self, humans: Indices, current: Indices, draws: Floats) -> Indices:
        """Return, for each given human, an assistant other than its present one; the same if there is none.

        Examples
        --------
        >>> market = Market(np.array([[1.0, 1.0, 1.0]]), np.zeros(2, dtype=np.int32))
        >>> market.choose_other(np.arange(2), np.array([0, 2]), np.array([0.1, 0.9])).tolist()
        [1, 1]
        """
        choices = current.copy()
        for assistant in np.unique(current):
            those = np.flatnonzero(current == assistant)
            weights = self.weights.copy()
            weights[:, assistant] = 0.0
            found = Market(weights, self.group_of).choose(humans[those], draws[those])
            choices[those] = np.where(found == NOBODY, assistant, found)
        return choices


def market_of(
    assistants: Sequence[AssistantSpec],
    present: NDArray[np.bool_],
    group_names: tuple[str, ...],
    group_of: NDArray[np.int32],
) -> Market:
    """Return the market of the assistants that are present, by their shares and the groups they serve.

    Examples
    --------
    >>> parts = (AssistantSpec(name="a"), AssistantSpec(name="b", share=3.0, groups=("y",)))
    >>> market_of(parts, np.array([True, True]), ("x", "y"), np.zeros(1, np.int32)).weights.tolist()
    [[1.0, 0.0], [1.0, 3.0]]
    """
    serves = [
        [assistant.groups is None or group in assistant.groups for assistant in assistants]
        for group in group_names
    ]
    shares = np.array([assistant.share for assistant in assistants])
    weights = np.where(
        np.array(serves, dtype=bool).reshape(len(group_names), len(assistants)) & present, shares, 0.0
    )
    return Market(weights, group_of)


def keep_or_switch(
    market: Market,
    part: ConsultingSpec,
    humans: Indices,
    current: NDArray[np.int64],
    values: Floats,
    assistant_values: Floats,
    seed: int,
    round_index: int,
) -> Indices:
    """Return the assistant that each loyal human consults: the one it has, unless it switches.

    A human without an assistant chooses by the shares. A human with one leaves it with probability
    ``min(1, switching * distance)``, where the distance is that of its values to the assistant's (Euclidean,
    divided by the square root of the number of dimensions), and always if the assistant is absent or no
    longer serves it.

    Parameters
    ----------
    market : Market
        Market of the round.
    part : ConsultingSpec
        The scenario's ``consulting``.
    humans : int array, shape (consultations,)
        The humans who consult.
    current : int array, shape (humans,)
        The assistant that each human has; -1 for none.
    values, assistant_values : float64 arrays, shape (humans, dimensions) and (assistants, dimensions)
    seed, round_index : int

    Returns
    -------
    int array, shape (consultations,)
        The assistant of each consulting human; -1 where none serves it.
    """
    n_humans = current.size
    first = stream(seed, "first assistant").random(n_humans)[humans]
    rng = stream(seed, "switch", round_index)
    leaving, next_one = rng.random(n_humans)[humans], rng.random(n_humans)[humans]
    had = current[humans].astype(np.intp)
    served = (had != NOBODY) & (market.weights[market.group_of[humans], had] > 0.0)
    chosen = np.where(served, had, market.choose(humans, np.where(had == NOBODY, first, next_one)))
    if part.switching > 0.0 and served.any():
        here = np.flatnonzero(served)
        apart = values[humans[here]] - assistant_values[had[here]]
        distance = np.sqrt((apart**2).mean(axis=1))
        goes = here[leaving[here] < part.switching * distance]
        chosen[goes] = market.choose_other(humans[goes], had[goes], next_one[goes])
    return chosen
