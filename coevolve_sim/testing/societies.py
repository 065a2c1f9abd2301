"""Small societies to try rules and channels on, drawn from streams of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.networks.ties import Ties, full_mixing
from coevolve_sim.streams import stream

SEED = 7
GROUPS = ("first", "second")


@dataclass(frozen=True, eq=False)
class TrialSociety:
    """Humans who hold values and hear each other, and two assistants whom some of them consult.

    Attributes
    ----------
    values : float64 array, shape (humans, dimensions)
        In [0, 1].
    ties : Ties
        Who hears whom.
    group_of : int32 array, shape (humans,)
        Of two groups.
    chosen : int array, shape (humans,)
        The assistant that each human consults; -1 where none.
    spoken : float64 array, shape (2, dimensions)
        What the assistants say.
    """

    values: Floats
    ties: Ties
    group_of: NDArray[np.int32]
    chosen: Indices
    spoken: Floats

    @property
    def consulting(self) -> Indices:
        """Who consults, ascending."""
        return np.flatnonzero(self.chosen >= 0)

    def relabelled(self, order: Indices) -> TrialSociety:
        """Return the same society in which human *k* is the one that was ``order[k]``."""
        return replace(
            self,
            values=self.values[order],
            ties=_relabelled_ties(self.ties, order),
            group_of=self.group_of[order],
            chosen=self.chosen[order],
        )


def make_society(
    n_humans: int = 24, n_dimensions: int = 3, *, network: str = "random", directed: bool = False
) -> TrialSociety:
    """Return a small society, the same at every call.

    Parameters
    ----------
    n_humans, n_dimensions : int
    network : {"random", "complete", "isolated"}
        Ties with weights, drawn, and a human without any (the last); everybody with everybody; nobody with
        anybody.
    directed : bool
        Whether hearing may be one-sided, in a random network.
    """
    rng = stream(SEED, "trial society", n_humans, n_dimensions, network)
    return TrialSociety(
        values=rng.random((n_humans, n_dimensions)),
        ties=_ties(n_humans, network, directed, rng),
        group_of=np.arange(n_humans, dtype=np.int32) % len(GROUPS),
        chosen=np.arange(n_humans, dtype=np.intp) % 3 - 1,
        spoken=rng.random((2, n_dimensions)),
    )


def _ties(n_humans: int, network: str, directed: bool, rng: np.random.Generator) -> Ties:
    if network == "complete":
        return full_mixing(n_humans)
    weights = rng.random((n_humans, n_humans)) + 0.1
    heard = rng.random((n_humans, n_humans)) < 0.3
    if not directed:
        weights, heard = np.triu(weights) + np.triu(weights, 1).T, np.triu(heard) | np.triu(heard).T
    heard[-1] = heard[:, -1] = False
    np.fill_diagonal(heard, val=False)
    return _ties_of(np.where(heard & (network == "random"), weights, 0.0), directed)


def _ties_of(weights: Floats, directed: bool) -> Ties:
    """Return ties from a matrix of weights; 0 where one does not hear the other."""
    indptr = np.concatenate([[0], np.cumsum((weights > 0.0).sum(axis=1))]).astype(np.int64)
    listeners, speakers = np.nonzero(weights)
    return Ties(
        len(weights), indptr, speakers.astype(np.int32), weights[listeners, speakers], directed=directed
    )


def _relabelled_ties(ties: Ties, order: Indices) -> Ties:
    if ties.complete:
        return ties
    weights = np.zeros((ties.n_humans, ties.n_humans))
    weights[ties.listeners, ties.indices] = 1.0 if ties.weights is None else ties.weights
    return _ties_of(weights[np.ix_(order, order)], ties.directed)
