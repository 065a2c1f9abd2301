"""The exchange among people of several societies as one call: the blocks of one network.

People of all are the rows of one array, and nobody hears anybody of another society. For rules that move
each human by its own row of ties (`coevolve_sim.rules.Rule.moves_row_by_row`): every row has the bits that it
has alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Exchange, Perceived, Susceptibility
from coevolve_sim.rules.channel import Scene
from coevolve_sim.society.consultation import context_of
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State


class JointExchange:
    """Exchanges of several societies under one rule as one call: ties and couplings of all, side by side.

    Parameters
    ----------
    states : list of State
    setups : list of Setup
        Of the same societies: of one size, whose rule is the same and moves row by row.
    """

    def __init__(self, states: list[State], setups: list[Setup]) -> None:
        self._states, self._setups = states, setups
        self._given = [(state.ties, state.peer) for state in states]
        self._ties = join_ties([ties for ties, _ in self._given])
        self._peer = _join_susceptibilities([peer for _, peer in self._given])
        self._group_of = np.concatenate([setup.group_of for setup in setups])

    def is_of(self, states: list[State]) -> bool:
        """Return whether it is of these societies, their ties and couplings as they are now."""
        return len(states) == len(self._states) and all(
            one is other and one.ties is ties and one.peer is peer
            for one, other, (ties, peer) in zip(states, self._states, self._given, strict=True)
        )

    def exchange(self, scenes: list[Scene]) -> list[Floats]:
        """Return where people of each society move.

        Raises
        ------
        RuleError
            If a value of any is not finite.
        """
        values = np.concatenate([state.values for state in self._states])
        context = replace(context_of(self._setups[0], scenes[0]), group_of=self._group_of)
        given = Exchange(
            values,
            Perceived(self._perceive(values, scenes), self._ties.indices),
            self._ties,
            self._peer,
            {},
            lambda: values,
            context,
        )
        moved = self._setups[0].rule.exchange(given).values
        return np.split(moved, len(self._states))

    def _perceive(self, values: Floats, scenes: list[Scene]) -> Floats:
        """Return what is perceived of everybody: the values themselves where nothing comes between."""
        channels = [setup.channel for setup in self._setups]
        if all(
            channel.is_exact and scene.mediation is None
            for channel, scene in zip(channels, scenes, strict=True)
        ):
            return values
        heard = [
            channel.among_humans(state.values, state.ties, scene).perceived
            for channel, state, scene in zip(channels, self._states, scenes, strict=True)
        ]
        return np.concatenate(heard)


def join_ties(networks: Sequence[Ties]) -> Ties:
    """Return networks of one size as the blocks of one, in which nobody hears anybody of another.

    Parameters
    ----------
    networks : sequence of Ties
        None of them full mixing; all with weights, or none.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> pair = from_edges(2, np.array([[0, 1]]))
    >>> join_ties([pair, pair]).indices.tolist()
    [1, 0, 3, 2]
    """
    n_humans = networks[0].n_humans
    before = np.cumsum([0, *(ties.n_ties for ties in networks)])
    rows = [ties.indptr[:-1] + start for ties, start in zip(networks, before[:-1], strict=True)]
    indices = [ties.indices + np.int32(k * n_humans) for k, ties in enumerate(networks)]
    weights = [ties.weights for ties in networks if ties.weights is not None]
    return Ties(
        n_humans * len(networks),
        np.concatenate([*rows, before[-1:]]),
        np.concatenate(indices),
        np.concatenate(weights) if weights else None,
        directed=any(ties.directed for ties in networks),
    )


def _join_susceptibilities(several: Sequence[Susceptibility]) -> Susceptibility:
    repulsion = [one.repulsion for one in several if one.repulsion is not None]
    return Susceptibility(
        np.concatenate([one.confidence for one in several]),
        np.concatenate([one.rate for one in several]),
        np.concatenate([one.stubbornness for one in several]),
        np.concatenate(repulsion) if repulsion else None,
    )
