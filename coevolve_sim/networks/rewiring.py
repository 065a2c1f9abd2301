"""Rewiring: people drop one tie and form another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.limits import check_probability
from coevolve_sim.networks.ties import Ties, from_edges
from coevolve_sim.streams import Address, stream, stream_key

TRIES = 200
"""Draws after which a tie that finds no free place stays where it is."""


def rewire(ties: Ties, fraction: float, seed: int, *address: Address) -> Ties:
    """Move one end of each tie, with a given probability, to a human drawn uniformly; ties keep their number.

    Either end is equally likely to be replaced. A new tie must not be a self-loop, must not have existed
    before, and must not repeat a tie moved in the same pass. A tie that finds no free place in 200 draws, as
    can happen in a dense network, stays, and a note says so.

    Parameters
    ----------
    ties : Ties
        Any network but full mixing. Directed ties keep their direction, and weights move with their tie.
    fraction : float
        Probability in [0, 1] that a tie is moved.
    seed : int
        The run's seed.
    *address : int or str
        Address of the draws, for instance a round. The same address moves the same ties.

    Returns
    -------
    Ties
        With the communities and labels of `ties`; with fraction 0, `ties` itself.

    Raises
    ------
    NetworkError
        If the network is full mixing, or `fraction` is not in [0, 1].

    Examples
    --------
    >>> from coevolve_sim.networks import ring
    >>> before = ring(100, 4)
    >>> after = rewire(before, 0.2, 1, "round", 7)
    >>> after.n_ties == before.n_ties, 0 < np.sum(after.degrees != 4)
    (True, np.True_)
    """
    check_probability("rewire", "fraction", fraction)
    if ties.complete:
        raise NetworkError(
            "rewire: in full mixing (family complete) everybody is tied already, so no tie can move; "
            "take a network with a degree, such as watts_strogatz"
        )
    if fraction == 0 or ties.n_ties == 0:
        return ties
    from coevolve_sim.networks.passes import move_ends

    own = np.ones(ties.n_ties, bool) if ties.directed else ties.indices < ties.listeners
    pairs = np.column_stack([ties.indices[own], ties.listeners[own]])
    chosen = np.flatnonzero(stream(seed, "rewire", *address).random(len(pairs)) < fraction)
    key = stream_key(seed, "rewire ends", *address)
    stayed = move_ends(key, pairs, chosen, ties.indptr, ties.indices, ties.directed, TRIES)
    notes = tuple(note for note in ties.notes if not note.endswith(("without ties", "nobody")))
    if stayed:
        notes = (*notes, f"{stayed} tie{'s' * (stayed > 1)} found no free place and stayed")
    moved = from_edges(
        ties.n_humans,
        pairs,
        None if ties.weights is None else ties.weights[own],
        directed=ties.directed,
        communities=ties.communities,
        labels=ties.labels,
        notes=notes,
    )
    return replace(moved, attributes=ties.attributes)
