"""The arrays of one round, and the intermediate results that its measures share.

Each shared result (sorted columns, clusters, sums over ties, a covariance) is computed once, when a measure
first needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import sorted_columns as columns
from coevolve_sim.measures.assortative_mixing import assortativity_by_dimension
from coevolve_sim.measures.checking import checked_labels, checked_ties, checked_values
from coevolve_sim.measures.disagreement import (
    between_over_within,
    individuals_by_dimension,
    ties_by_dimension,
)
from coevolve_sim.measures.diversity import PairwiseDistance, covariance, mean_pairwise_distance
from coevolve_sim.measures.tie_sums import squared_differences

if TYPE_CHECKING:
    from coevolve_sim.networks.ties import Ties
    from coevolve_sim.rules.game_counts import GameCounts

Communities = tuple[NDArray[np.int64], int]


@dataclass(frozen=True, eq=False)
class RoundArrays:
    """The data of one round that measures work on; already checked.

    Attributes
    ----------
    values : float array, shape (humans, dimensions)
        People's values this round.
    initial_values : float array, shape (humans, dimensions)
        Their values before the first round, used as innate values.
    ties : Ties
        Who hears whom.
    groups : tuple of (int array of shape (humans,), int), or None
        Labels 0.. and number of the population's groups; None if there is only one.
    gap : float
        What separates two clusters.
    bins : int
        Equal bins of [0, 1].
    seed, round_index : int
        Address of the sampled measures.
    assistant_values : float array, shape (assistants, dimensions), or None
        What assistants hold this round; None where there are none.
    outlets : tuple of float array (outlets, dimensions) and bool array (humans, outlets), or None
        Where outlets stand this round, and who follows which; None where there are none.
    appeals : float array, shape (2, candidates), or None
        How much of what people, and what assistants, said this round appeals to each value, right or duty;
        None where that is not read.
    games : GameCounts, or None
        What was counted when tied people last played games; None where they never do.
    permitted : tuple of three float arrays, shape (assistants, dimensions), or None
        What assistants hold this round that are not permitted everything, and the least and greatest that
        they are; None where there are none.
    counts : mapping of str to int64 array, or None
        What came of attacks and other consultations since the beginning
        (`coevolve_sim.society.adversaries.count_nothing`); None where there are neither adversaries nor
        guards.
    """

    values: Floats
    initial_values: Floats
    ties: Ties
    groups: Communities | None
    gap: float
    bins: int
    seed: int
    round_index: int
    assistant_values: Floats | None = None
    outlets: tuple[Floats, NDArray[np.bool_]] | None = None
    appeals: Floats | None = None
    games: GameCounts | None = None
    permitted: tuple[Floats, Floats, Floats] | None = None
    counts: Mapping[str, Kept] | None = None

    def of_round(self, values: Floats, ties: Ties, round_index: int) -> RoundArrays:
        """Return the arrays of another round of the same people, its values and ties checked.

        Raises
        ------
        MeasureError
            If a value is not finite or outside [0, 1], or shapes do not fit.
        """
        matrix = checked_values(values)
        if matrix.shape != self.initial_values.shape:
            raise MeasureError(
                f"values must have the shape of initial values, {self.initial_values.shape}; "
                f"{matrix.shape} given"
            )
        return RoundArrays(
            matrix,
            self.initial_values,
            checked_ties(ties, len(matrix)),
            self.groups,
            self.gap,
            self.bins,
            self.seed,
            round_index,
        )

    def share_columns(self, rounds: Sequence[RoundArrays]) -> None:
        """Hand on what was computed by column to the rounds whose values stand side by side in this one's."""
        width = self.values.shape[1] // len(rounds)
        for name in ("sorted_values", "moments", "occupancy", "clusters"):
            found = self.__dict__.get(name)  # where a measure has needed it
            if found is not None:
                for number, one in enumerate(rounds):
                    one.__dict__[name] = found[number * width : (number + 1) * width]

    def as_copies(self) -> RoundArrays:
        """Return the same round in arrays of its own, so that nothing is lost if they are written to."""
        held = None if self.assistant_values is None else self.assistant_values.copy()
        values, initial = self.values.copy(), self.initial_values.copy()
        heard = None if self.outlets is None else (self.outlets[0].copy(), self.outlets[1].copy())
        said = None if self.appeals is None else self.appeals.copy()
        permitted = self.permitted
        if permitted is not None:
            permitted = (permitted[0].copy(), permitted[1].copy(), permitted[2].copy())
        counts = None if self.counts is None else {name: array.copy() for name, array in self.counts.items()}
        return replace(
            self,
            values=values,
            initial_values=initial,
            assistant_values=held,
            outlets=heard,
            appeals=said,
            permitted=permitted,
            counts=counts,
        )

    @cached_property
    def sorted_values(self) -> Floats:
        """Values (dimensions, humans), ascending in each row."""
        return columns.sort_columns(self.values)

    @cached_property
    def moments(self) -> Floats:
        """Dispersion, variance and bimodality of each dimension."""
        return columns.moments(self.sorted_values)

    @cached_property
    def occupancy(self) -> Floats:
        """Occupied bins and empty stretches of each dimension."""
        return columns.bin_occupancy(self.sorted_values, self.bins)

    @cached_property
    def clusters(self) -> Floats:
        """Six measures of the clusters of each dimension."""
        return columns.cluster_senses(self.sorted_values, self.gap, self.bins)

    @cached_property
    def given_groups(self) -> Floats | None:
        """Distinctness, divergence and consensus of the given groups in each dimension."""
        if self.groups is None:
            return None
        labels, n_groups = self.groups
        return columns.group_senses(self.values, labels, n_groups, self.bins)

    @cached_property
    def across_ties(self) -> Floats:
        """Weighted sum of squared differences across the listed ties in each dimension."""
        return squared_differences(self.ties, self.values)

    @cached_property
    def individuals(self) -> Floats:
        """Mean squared difference of two people in each dimension."""
        return individuals_by_dimension(self.values)

    @cached_property
    def tied(self) -> Floats:
        """Mean squared difference across ties in each dimension; nan without ties."""
        across = None if self.ties.complete else self.across_ties
        return ties_by_dimension(self.values, self.ties, across)

    @cached_property
    def assortativity(self) -> Floats:
        """Assortativity of each dimension; nan where undefined."""
        across = None if self.ties.complete else self.across_ties
        return assortativity_by_dimension(self.values, self.ties, across)

    @cached_property
    def communities(self) -> Communities | None:
        """The network's planted communities, else the population's groups; None if there is only one."""
        if self.ties.communities is not None:
            labels, n_communities = checked_labels(self.ties.communities, len(self.values), "communities")
            if n_communities > 1:
                return labels, n_communities
        return self.groups

    @cached_property
    def community_disagreement(self) -> float | None:
        """Disagreement of communities; None without communities."""
        if self.communities is None:
            return None
        return between_over_within(self.values, *self.communities)

    @cached_property
    def covariance(self) -> Floats:
        """Population covariance (dimensions, dimensions)."""
        return covariance(self.values)

    @cached_property
    def pairwise(self) -> PairwiseDistance:
        """Mean pairwise distance, measured or estimated."""
        return mean_pairwise_distance(self.values, self.seed, self.round_index)
