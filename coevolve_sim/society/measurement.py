"""The measures of a society, round by round: what is taken, from which arrays."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from coevolve_sim.arrays import Floats
from coevolve_sim.measures import (
    OF_APPEALS,
    OF_GAMES,
    OF_GUARDS,
    OF_MEDIA,
    TAKEN_UNLESS_NAMED,
    RoundMeasures,
)
from coevolve_sim.measures.measured_round import Known, check_round, choose_measures, compute_measures
from coevolve_sim.measures.round_arrays import RoundArrays
from coevolve_sim.networks.ties import Ties
from coevolve_sim.society.appeals import sum_appeals
from coevolve_sim.society.media import Following, express_outlets, find_followers, place_outlets
from coevolve_sim.society.persuasion import regions_of
from coevolve_sim.society.round import RoundLog
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State

CONSTANT_MEASURE = "polarization_disagreement_index"
"""It depends on initial values and the network alone, and is computed anew only when the network changes."""


class Measurement:
    """Takes the measures of one society.

    Parameters
    ----------
    setup : Setup

    Attributes
    ----------
    chosen : list of Measure
        What is taken.
    constant : dict of str to tuple
        The measure that is the same as long as ties are, once it was computed.
    kind : tuple
        What societies of one size have in common whose columns can be measured together.

    Raises
    ------
    MeasureError
        If a measure is not known, or initial values are none.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> from coevolve_sim.society.setup import build_setup
    >>> from coevolve_sim.society.state import first_state
    >>> setup = build_setup(loads("{name: tiny, rounds: 3, population: {humans: 20}}"))
    >>> taken = Measurement(setup).take(first_state(setup), RoundLog())
    >>> 0.0 < taken.overall["variance"] < 0.25
    True
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        names = _wanted_measures(setup)
        self.chosen = [*choose_measures(names), *setup.own_measures]
        self._of_media = bool(setup.own_measures or set(names) & set(OF_MEDIA))
        self._of_guards = bool(setup.own_measures or set(names) & set(OF_GUARDS))
        self._varying = [one for one in self.chosen if one.name != CONSTANT_MEASURE]
        self.constant: Known = {}
        self._ties_of_constant: Ties | None = None
        self._first: RoundArrays = check_round(
            setup.initial_values,
            setup.ties,
            setup.group_of,
            initial_values=setup.initial_values,
            gap=setup.scenario.measures.cluster_gap,
            seed=setup.scenario.seed,
            round_index=0,
        )

    @property
    def kind(self) -> Hashable:
        """Its cluster gap, and the names of the measures that go by column."""
        return (self._first.gap, *(one.name for one in self.chosen if one.by_column))

    def take(self, state: State, log: RoundLog) -> RoundMeasures:
        """Return the measures of the round that was finished last.

        Parameters
        ----------
        state : State
        log : RoundLog
            Of that round.
        """
        return self.finish(state, self.gather(state, log))

    def finish(self, state: State, arrays: RoundArrays, known: Known | None = None) -> RoundMeasures:
        """Return the measures of a round whose arrays were gathered, some of them known already."""
        if self._ties_of_constant is state.ties:
            taken = compute_measures(arrays, self._varying, known)
            for name, (by_dimension, overall) in self.constant.items():
                taken.by_dimension[name], taken.overall[name] = by_dimension, overall
            return taken
        taken = compute_measures(arrays, self.chosen, known)
        if CONSTANT_MEASURE in taken.by_dimension:
            found = taken.by_dimension[CONSTANT_MEASURE], taken.overall[CONSTANT_MEASURE]
            self.constant, self._ties_of_constant = {CONSTANT_MEASURE: found}, state.ties
        return taken

    def gather(self, state: State, log: RoundLog) -> RoundArrays:
        """Return the arrays from which the measures of a round are taken, checked.

        Raises
        ------
        MeasureError
            If a value is not finite or outside [0, 1].
        """
        present = state.assistant_values[state.present]
        return replace(
            self._first.of_round(state.values, state.ties, state.round_index),
            assistant_values=present if len(present) else None,
            outlets=self._outlets(state),
            appeals=self._appeals(log),
            games=state.played,
            **self._guarded(state),
        )

    def _appeals(self, log: RoundLog) -> Floats | None:
        """Return what the round's messages appeal to, where that is measured."""
        if self._setup.appeals is None:
            return None
        n_speakers = None if log.cells is None else log.cells.n_speakers
        return sum_appeals(self._setup.appeals, log.said, n_speakers)

    def _outlets(self, state: State) -> tuple[Floats, Following] | None:
        """Return where what outlets say stands and who follows which, if a measure of them is to be taken.

        Before the first round nothing is said, and they are taken to stand for themselves.
        """
        setup, able = self._setup, self._setup.able
        if able is None or not self._of_media:
            return None
        standing = place_outlets(setup.scenario, setup.space.names, state.round_index)
        followed = find_followers(setup.scenario, able, state.values, standing)
        said = express_outlets(setup.scenario, standing, state.round_index) if state.round_index else standing
        return said, followed

    def _guarded(self, state: State) -> dict[str, Any]:
        """Return what is permitted and what came of attacks, if a measure of them is to be taken."""
        if not self._of_guards:
            return {}
        regions = regions_of(state, self._setup)
        return {"permitted": regions if len(regions[0]) else None, "counts": state.counts or None}


def is_measured(setup: Setup, round_index: int) -> bool:
    """Return whether measures are taken at the end of a round: every so many, and in the last."""
    return round_index % setup.scenario.measures.every == 0 or round_index == setup.n_rounds


def _wanted_measures(setup: Setup) -> tuple[str, ...]:
    spec = setup.scenario.measures
    of_games = () if setup.scenario.games is None else OF_GAMES
    named = spec.names or (*TAKEN_UNLESS_NAMED, *of_games)
    return named if spec.appeals is None else tuple(dict.fromkeys((*named, *OF_APPEALS)))
