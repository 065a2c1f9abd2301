"""The catalogue: every measure of a round, with what a reader of a report must know of it.

`CATALOGUE` is ordered: polarization as a shape, between clusters, between given groups; then
disagreement; then diversity. `measured_round` takes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.measures import sorted_columns as columns
from coevolve_sim.measures.conflict import index_by_dimension
from coevolve_sim.measures.diversity import ratio_of_covariance
from coevolve_sim.measures.group_polarization import parity
from coevolve_sim.measures.round_arrays import RoundArrays

Compute = Callable[[RoundArrays], Floats | float | None]


@dataclass(frozen=True)
class Measure:
    """A measure of a round, described.

    Attributes
    ----------
    name : str
        Its key in the catalogue, in records and in reports.
    meaning : str
        One plain sentence.
    high_means : str
        What a high value says.
    range : str
        Interval, as text.
    source : str
        Key into ``docs/references.bib``.
    cost : str
        Growth with humans N, dimensions D and ties E.
    per_dimension : bool
        Whether it is taken of each dimension, the overall value being their mean.
    compute : callable
        Takes a `RoundArrays`; returns an array (dimensions,), a float, or None where the round
        has nothing to take it of.
    """

    name: str
    meaning: str
    high_means: str
    range: str
    source: str
    cost: str
    per_dimension: bool
    compute: Compute = field(repr=False)


def _of_groups(column: int) -> Compute:
    return lambda a: None if a.given_groups is None else a.given_groups[:, column]


_SORTED = "O(D N log N), one sort shared by all such measures"
_MEASURES = (
    Measure(
        "variance",
        "The mean squared deviation of people from society's mean.",
        "people differ, a few extremes enough",
        "[0, 0.25]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: a.moments[:, columns.VARIANCE],
    ),
    Measure(
        "spread",
        "The distance between the two most extreme people.",
        "somebody stands far from somebody else",
        "[0, 1]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: a.sorted_values[:, -1] - a.sorted_values[:, 0],
    ),
    Measure(
        "dispersion",
        "The mean absolute deviation of people from society's mean.",
        "people are on average far from the middle",
        "[0, 0.5]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: a.moments[:, columns.DISPERSION],
    ),
    Measure(
        "coverage",
        "The share of equal bins of the scale that anybody stands in.",
        "views fill the scale (low is the more polarized)",
        "[1 / bins, 1]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: a.occupancy[:, columns.OCCUPIED] / a.bins,
    ),
    Measure(
        "regionalization",
        "The number of stretches of the scale where nobody stands, between people.",
        "empty regions cut society into many pieces",
        "[0, (bins - 1) / 2]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: a.occupancy[:, columns.EMPTY_STRETCHES],
    ),
    Measure(
        "community_fracturing",
        "The number of clusters, separated by gaps in value, stragglers included.",
        "society has broken into many camps",
        "[1, 1 + 1 / gap]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: a.clusters[:, columns.N_CLUSTERS],
    ),
    Measure(
        "effective_clusters",
        "The number of equal clusters that would be as concentrated as those there are.",
        "society has broken into many camps of like size",
        "[1, 1 + 1 / gap]",
        "Laakso1979",
        _SORTED,
        True,
        lambda a: a.clusters[:, columns.EFFECTIVE],
    ),
    Measure(
        "distinctness",
        "How little two clusters overlap on a binned scale.",
        "clusters stand clear of each other; 0 with one cluster",
        "[0, 1]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: a.clusters[:, columns.DISTINCTNESS],
    ),
    Measure(
        "group_divergence",
        "The mean distance between the means of two clusters.",
        "clusters stand for different things; 0 with one cluster",
        "[0, 1]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: a.clusters[:, columns.DIVERGENCE],
    ),
    Measure(
        "group_consensus",
        "How united clusters are within: 1 less twice their mean absolute deviation.",
        "members of a cluster are of one mind",
        "[0, 1]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: a.clusters[:, columns.CONSENSUS],
    ),
    Measure(
        "size_parity",
        "How equal the sizes of the clusters are.",
        "no cluster dominates; 0 with one cluster",
        "[0, 1]",
        "Bramson2016",
        _SORTED,
        True,
        lambda a: parity(a.clusters[:, columns.ENTROPY], a.clusters[:, columns.N_CLUSTERS]),
    ),
    Measure(
        "distinctness_of_groups",
        "How little two of the population's groups overlap on a binned scale.",
        "a person's value tells their group",
        "[0, 1]",
        "Bramson2016",
        "O(N D)",
        True,
        _of_groups(0),
    ),
    Measure(
        "divergence_of_groups",
        "The mean distance between the means of two of the population's groups.",
        "groups stand for different things",
        "[0, 1]",
        "Bramson2016",
        "O(N D)",
        True,
        _of_groups(1),
    ),
    Measure(
        "consensus_of_groups",
        "How united the population's groups are within: 1 less twice their mean absolute deviation.",
        "members of a group are of one mind",
        "[0, 1]",
        "Bramson2016",
        "O(N D)",
        True,
        _of_groups(2),
    ),
    Measure(
        "esteban_ray",
        "Identification within camps times alienation between them, at alpha 1.6 over bins.",
        "few large camps stand far apart; two equal ones at the ends give the most",
        "[0, 0.165]",
        "EstebanRay1994",
        _SORTED,
        True,
        lambda a: columns.esteban_ray_of_columns(a.sorted_values, 1.6, a.bins),
    ),
    Measure(
        "bimodality",
        "Sarle's coefficient, (skewness squared + 1) / kurtosis: 5/9 if uniform, 1 at two points.",
        "two heaps, or one with a long tail",
        "[0, 1]",
        "Pfister2013",
        _SORTED,
        True,
        lambda a: a.moments[:, columns.BIMODALITY],
    ),
    Measure(
        "disagreement_of_individuals",
        "The mean squared distance of two people taken at random.",
        "people differ, whoever they know",
        "[0, 1], near [0, 0.5] for many humans",
        "Rao1982",
        "O(N D)",
        True,
        lambda a: a.individuals,
    ),
    Measure(
        "disagreement_of_ties",
        "The mean squared distance of two people who are tied, by weight of the tie.",
        "people hear others unlike themselves",
        "[0, 1]",
        "Musco2018",
        "O(E D)",
        True,
        lambda a: a.tied,
    ),
    Measure(
        "disagreement_of_communities",
        "The mean squared distance between communities (those that the network plants, else the "
        "population's groups) over that within them, minus one.",
        "communities differ more than their members do; 0 if communities do not matter",
        "[-1, inf]",
        "Rao1982",
        "O(N D)",
        False,
        lambda a: a.community_disagreement,
    ),
    Measure(
        "assortativity",
        "The correlation of the values of two people who are tied.",
        "people hear those who think as they do",
        "[-1, 1]",
        "Newman2003",
        "O(E D), sums shared with disagreement_of_ties",
        True,
        lambda a: a.assortativity,
    ),
    Measure(
        "polarization_disagreement_index",
        "Polarization plus disagreement of what people would come to express on this network, had they "
        "the values of the start as innate ones; it changes only if the network does.",
        "the network leaves people apart, or tied to those they differ from",
        "[0, humans / 4]",
        "Musco2018",
        "O(N^3) to 200 humans, then O(E D) an iteration, 10 to 60 of them",
        True,
        lambda a: index_by_dimension(a.initial_values, a.ties),
    ),
    Measure(
        "total_variance",
        "The sum of the variances of all dimensions.",
        "people differ, in whichever values",
        "[0, dimensions / 4]",
        "Recanatesi2022",
        "O(N D^2), shared with participation_ratio",
        False,
        lambda a: float(np.trace(a.covariance)),
    ),
    Measure(
        "cluster_entropy",
        "The Shannon entropy of the sizes of the clusters, in nats.",
        "many camps, evenly sized",
        "[0, ln(1 + 1 / gap)]",
        "Jost2006",
        _SORTED,
        True,
        lambda a: a.clusters[:, columns.ENTROPY],
    ),
    Measure(
        "participation_ratio",
        "The effective number of independent directions in which people differ.",
        "people's values vary independently; 1 if all lie on one axis, 0 if all agree",
        "[0, dimensions]",
        "Recanatesi2022",
        "O(N D^2)",
        False,
        lambda a: ratio_of_covariance(a.covariance),
    ),
    Measure(
        "mean_pairwise_distance",
        "The mean distance of two people over all dimensions at once.",
        "people are far from each other",
        "[0, 1]",
        "Rao1982",
        "O(N^2 D) to 2,000 humans, then O(200,000 D) on seeded pairs",
        False,
        lambda a: a.pairwise.mean,
    ),
)

CATALOGUE: dict[str, Measure] = {measure.name: measure for measure in _MEASURES}
"""Every measure of a round, by name."""
