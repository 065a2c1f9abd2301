"""What an assistant sees of the people who consult it: whom, how finely, with which errors, and how late.

Random draws are made for every human, consulting or not, from a named stream: what one assistant sees changes
nobody else's draws.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import Memory, Observation
from coevolve_sim.scenario.policy_specs import SeesSpec
from coevolve_sim.streams import stream


def observation_of(
    heard: Observation,
    sees: SeesSpec,
    group_names: tuple[str, ...],
    n_humans: int,
    values: Floats,
    name: str,
) -> Observation:
    """Restrict what an assistant heard to what its ``sees`` allows: groups, a sample, noise, or choices.

    Parameters
    ----------
    heard : Observation
        Observation of all who consulted it, with their groups.
    sees : SeesSpec
        The assistant's ``sees`` in the scenario.
    group_names : tuple of str
        Names of the groups, in order.
    n_humans : int
        Number of humans in the society.
    values : float64 array, shape (dimensions,)
        The assistant's own values, the middle between the two candidates of a choice.
    name : str
        Name of the assistant; it addresses the assistant's own draws.

    Returns
    -------
    Observation
    """
    if sees == SeesSpec():
        return heard
    seed, round_index = heard.seed, heard.round_index
    shown = heard.select(_find_seen(heard, sees, group_names, n_humans, name))
    if sees.noise > 0.0 and shown.humans.size:
        humans, perceived = shown.humans, shown.heard
        # A row for every human up to the last: a human's noise does not depend on who else is seen.
        shape = (int(humans.max()) + 1, perceived.shape[1])
        noise = stream(seed, "seen noisily", name, round_index).normal(0.0, sees.noise, shape)
        shown = replace(shown, heard=np.clip(perceived + noise[humans], 0.0, 1.0))
    return _reduce_to_choices(shown, values, sees.gap) if sees.what == "choices" else shown


def _find_seen(
    heard: Observation, sees: SeesSpec, group_names: tuple[str, ...], n_humans: int, name: str
) -> NDArray[np.intp]:
    """Return the rows of those whom an assistant sees among those who consulted it, ascending."""
    rows = np.arange(heard.humans.size)
    if sees.groups is not None:
        chosen = [index for index, group in enumerate(group_names) if group in sees.groups]
        rows = rows[np.isin(np.asarray(heard.groups), chosen)]
    draws = stream(heard.seed, "seen", name, heard.round_index).random(n_humans)[heard.humans]
    rows = rows[draws[rows] < sees.share]
    if sees.at_most is not None and rows.size > sees.at_most:
        rows = np.sort(rows[np.argsort(draws[rows], kind="stable")[: sees.at_most]])
    return rows


def _reduce_to_choices(shown: Observation, values: Floats, gap: float) -> Observation:
    """Replace values by the nearer of two candidates, which lie a gap above and below the assistant's."""
    # Rounded, so that equal values are a tie (0) and not a vote by the last bit.
    votes = np.sign(np.round(shown.heard - values, 12))
    return replace(shown, heard=np.clip(values + gap * votes, 0.0, 1.0), votes=votes, gap=gap)


def delay_observation(waiting: Memory, latest: Observation, delay: int) -> tuple[Memory, Observation]:
    """Append an observation to a queue, and take out the one made ``delay`` rounds ago.

    Parameters
    ----------
    waiting : Memory
        The queue: waiting observations as arrays, named by the round in which they were made.
    latest : Observation
        Observation of the present round.
    delay : int
        Number of rounds that an observation waits.

    Returns
    -------
    waiting : Memory
        The new queue.
    Observation
        The observation made ``delay`` rounds ago; an empty one if there was none.

    Examples
    --------
    >>> now = Observation(np.array([[0.5]]), np.array([3]), 1)
    >>> queue, turn = delay_observation({}, now, 1)
    >>> nobody = Observation(np.empty((0, 1)), np.empty(0, int), 2)
    >>> len(turn.heard), delay_observation(queue, nobody, 1)[1].heard
    (0, array([[0.5]]))
    """
    if delay == 0:
        return waiting, latest
    queue = dict(waiting) | _pack(latest)
    turn = latest.round_index - delay
    arrays = latest.per_human()
    taken = {name: queue.pop(f"{name}_{turn}", None) for name in arrays}
    if taken["humans"] is None:  # nobody was heard so long ago: it is before the first round
        return queue, latest.select(np.empty(0, dtype=np.intp))
    # A record keeps whole numbers as int64, and everything else as float64.
    rows: dict[str, Any] = {
        name: None if array is None else array.astype(arrays[name].dtype) for name, array in taken.items()
    }
    return queue, replace(latest, round_index=turn, **rows)


def _pack(observation: Observation) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    return {
        f"{name}_{observation.round_index}": array.astype(np.int64 if array.dtype.kind == "i" else np.float64)
        for name, array in observation.per_human().items()
    }
