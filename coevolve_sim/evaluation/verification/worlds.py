"""Societies for checks: scenario texts, run through the same loop as any other run.

Nothing here moves a value. A society is built from the text of a scenario as in `coevolve run`, and
`coevolve_sim.society.model.Society.step` runs its rounds. What a scenario cannot express (equally spaced
values, a stubbornness for each human) is set in the setup or the state before the first round.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.networks.ties import Ties
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup

GAP = 0.02
"""Clusters are separated by gaps wider than this."""


def build_society(
    update: str,
    *,
    humans: int | None,
    seed: int = 0,
    rounds: int = 1,
    dimensions: int = 1,
    network: str = "{family: complete}",
    groups: str = "[{name: all, distribution: uniform}]",
    more: str = "",
    values: Floats | None = None,
    ties: Ties | None = None,
) -> Society:
    """Build a society with the given update rule, network and groups, written as in a scenario.

    Parameters
    ----------
    update, network, groups, more : str
        YAML of these keys; ``more`` is further lines of the scenario.
    humans : int or None
        Number of humans; None leaves it to the network's file.
    values : float array, shape (humans, dimensions), optional
        Initial values instead of drawn ones.
    ties : Ties, optional
        Who hears whom, instead of the network.

    Examples
    --------
    >>> tiny = build_society("{rule: degroot}", humans=3, values=np.array([[0.0], [0.5], [1.0]]))
    >>> tiny.step()
    >>> tiny.values.ravel().tolist()
    [0.5, 0.5, 0.5]
    """
    names = ", ".join(f"d{number}" for number in range(dimensions))
    count = "" if humans is None else f"humans: {humans}, "
    text = f"""
name: verification
seed: {seed}
rounds: {rounds}
value_space: {{name: verification, dimensions: [{names}]}}
network: {network}
population: {{{count}groups: {groups}}}
update: {update}
measures: {{every: 1000000, names: [variance]}}
{more}
"""
    setup = build_setup(loads(text))
    if values is not None:
        setup = replace(setup, initial_values=np.ascontiguousarray(values))
    if ties is not None:
        setup = replace(setup, ties=ties)
    return Society(setup, with_objects=False)


def run_to_end(running: Society) -> Floats:
    """Run all rounds and return the final values, shape (humans, dimensions)."""
    while not running.is_finished:
        running.step()
    return running.values


def settle(running: Society, still: float = 1e-9) -> Floats:
    """Run until no value moves by more than ``still`` in a round, or rounds end; return the values."""
    while not running.is_finished:
        before = running.values
        running.step()
        if np.abs(running.values - before).max() <= still:
            break
    return running.values


def set_stubbornness(running: Society, stubbornness: Floats) -> Society:
    """Set each human's stubbornness before the first round."""
    running.state.stubbornness = np.ascontiguousarray(stubbornness)
    return running


def is_consensus(values: Floats, degrees: NDArray[Any] | None = None) -> bool:
    """Return whether all humans with a tie are within `GAP` of each other in every dimension."""
    tied = values if degrees is None else values[degrees > 0]
    return bool(np.ptp(tied, axis=0).max() <= GAP)


def meet_until_consensus(running: Society, still: float = -1.0) -> bool:
    """Run until all humans with a tie agree, rounds end, or no value moves by more than ``still``.

    Returns
    -------
    bool
        Whether they reached consensus.
    """
    degrees = running.state.ties.degrees
    while not running.is_finished and not is_consensus(running.values, degrees):
        before = running.values
        running.step()
        if np.abs(running.values - before).max() <= still:
            break
    return is_consensus(running.values, degrees)
